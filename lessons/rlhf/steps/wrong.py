"""The step."""

from lessons.rlhf.steps.scene import Scene


def wrong(scene: Scene) -> None:
    """Draw the step."""
    scene.heading("wrong")
