"""The few-shot family: decoders of four sizes, on text with and without sequences of one task, three seeds each.

python -m core.training.fewshot train        # all 24, resumable; two are trained side by side on two cores
python -m core.training.fewshot export       # core/models/fewshot/fewshot-SIZE-TEXT-SEED
python -m core.training.fewshot measure      # the points of the figure: core/prompting/points.json
"""
