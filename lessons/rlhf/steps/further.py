"""The step."""

from lessons.rlhf.steps.scene import Scene


def further(scene: Scene) -> None:
    """Draw the step."""
    scene.heading("further")
