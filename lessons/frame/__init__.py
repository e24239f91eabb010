"""What stands around every lesson: steps and tasks, the projector view, the reader's progress, links."""
