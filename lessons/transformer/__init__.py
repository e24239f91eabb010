"""Transformer 「Attention Is All You Need」: text, laboratory, figures, recorded run and the blackboard of the lesson."""
