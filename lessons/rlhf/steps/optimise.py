"""The step."""

from lessons.rlhf.steps.scene import Scene


def optimise(scene: Scene) -> None:
    """Draw the step."""
    scene.heading("optimise")
