"""The step."""

from lessons.rlhf.steps.scene import Scene


def blind(scene: Scene) -> None:
    """Draw the step."""
    scene.heading("blind")
