"""⑦ The quiz, ⑧ what was simplified, sources and the teacher's guide."""

from lessons import widgets
from lessons.tokens.steps.scene import Scene


def quiz(scene: Scene) -> None:
    """⑦ Five questions."""
    scene.heading("quiz")
    widgets.quiz(scene.say, "tokens", scene.say.lang, lambda anchor: scene.text[anchor].title)


def limits(scene: Scene) -> None:
    """⑧ What was simplified, sources, the teacher's guide."""
    scene.heading("limits")
    scene.heading("sources")
    widgets.guide(scene.say, "tokens")
