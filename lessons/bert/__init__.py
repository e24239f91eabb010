"""BERT 穴埋め (Masked LM): text, laboratory, figures and recorded run of the lesson."""
