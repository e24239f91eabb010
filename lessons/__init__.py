"""One folder a lesson (text, examples, figures, quiz, guide, recorded runs) and what the lessons share."""
