"""What a reader's browser gets before the app answers: the page's words and its first picture, and small files.

    document.py     index.html of Streamlit with the title, the opening text and the recorded picture of one page in it
    middleware.py   sends it, and sends Streamlit's scripts compressed to other computers
    pictures/       the first picture of each page and language, recorded by `python -m lessons.first_page.record`
    served.py       the app on a free port, for whoever records, tests or measures it

Streamlit shows nothing until its scripts have run, its socket is open and the page's script has answered: seconds on
a classroom's laptop. What is shown meanwhile is a recorded run and says so.
"""

from starlette.middleware import Middleware

from lessons.first_page.middleware import FirstPicture, SmallScripts


def middleware() -> list[Middleware]:
    """Return what stands in front of Streamlit's own routes."""
    return [Middleware(FirstPicture), Middleware(SmallScripts)]
