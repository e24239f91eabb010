"""The few-shot family: decoders of four sizes, on text with and without sequences of one task, some seeds each.

python -m core.training.fewshot train        # all, resumable; two are trained side by side on two cores
python -m core.training.fewshot export       # core/models/fewshot/fewshot-SIZE-TEXT-SEED
python -m core.training.fewshot measure      # the points of the figure: core/prompting/points.json
"""
