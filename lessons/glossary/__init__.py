"""The words of the course: what they mean in one or two sentences, and in which lesson each of them is done."""
