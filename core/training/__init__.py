"""From text to a trained model, one command a stage; each can be stopped and started again.

    python -m core.training.corpus FOLDER      # filter, weigh and split the text       -> runs/corpus
    python -m core.training.tokenizer          # pieces that stay inside words          -> runs/tokenizer
    python -m core.training.readings           # kana of every sentence, for seq2seq    -> runs/corpus/pairs.tsv
    python -m core.training.train encoder      # weights; resumes from its checkpoint   -> runs/encoder
    python -m core.training.train decoder      # likewise decoder-m, decoder-s, decoder-xs
    python -m core.training.train seq2seq      # kana to kanji
    python -m core.training.export encoder     # safetensors, tokenizer and model card  -> core/models/encoder
    python -m core.training.evaluate encoder   # scores on held-out text, into the card

Needs `pip install -r core/training/requirements.txt` (fugashi, unidic-lite).
"""
