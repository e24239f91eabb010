"""An OpenAI-compatible endpoint in front of our models, for the official `openai` client as it is:

    running = serving.start(core.load)
    client = openai.OpenAI(base_url=running.url, api_key="none")
    client.chat.completions.create(model="chat", messages=[{"role": "user", "content": "おはよう"}])

Or alone, from a terminal: `python -m core.serving`. It listens on this machine only and asks for no key unless told
otherwise (`Settings`); nothing leaves the machine. Imports nothing heavy: models come from the function that is given.

    GET  /v1/models, /v1/models/ID    what is offered
    POST /v1/chat/completions         answers, whole or as a stream (core.serving.requests lists the parameters)
    /practice/v1/…                    the same with a key of `Practice` and few calls, to meet the errors 401 and 429
"""

from core.serving.limits import Practice
from core.serving.server import Running, app, start
from core.serving.settings import Settings

__all__ = ["Practice", "Running", "Settings", "app", "start"]
