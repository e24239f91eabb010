"""The chat model: the decoder after supervised fine-tuning on short exchanges.

python -m core.training.chat corpus FOLDER   # the exchanges: those of others from FOLDER/dialogue, and our own
python -m core.training.chat train           # resumable
python -m core.training.chat export
python -m core.training.chat evaluate        # beside the decoder that it was made of
"""
