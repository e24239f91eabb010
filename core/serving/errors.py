"""What can be wrong with a call: one class each, with the status, type and code of the OpenAI API.

`message(lang)` is a sentence in English or Japanese; `param` names the parameter that is meant. The facts of a sentence
never hold a key.
"""

from typing import Any, ClassVar

from core.errors import Busy, CoreError


class InvalidAddress(CoreError):
    ja = "「{address}」では待ち受けできません。使えるホスト名と、0から65535までのポート番号を指定してください。"
    en = "The server cannot listen at “{address}”. Please give a host of this machine and a port from 0 to 65535."


class Fault(CoreError):
    """Base of what a caller is told. `wait`: seconds after which the call may succeed, where that is known."""

    status: ClassVar[int] = 400
    kind: ClassVar[str] = "invalid_request_error"
    code: str | None = None

    def __init__(self, param: str | None = None, wait: float | None = None, **facts: object) -> None:
        self.param, self.wait = param, wait
        super().__init__(**facts)

    def body(self, lang: str) -> dict[str, Any]:
        """Return the error object of the API."""
        return {
            "error": {"message": self.message(lang), "type": self.kind, "param": self.param, "code": self.code},
        }


class NotJson(Fault):
    ja = "リクエストの本文を JSON オブジェクトとして読めません。書き方を確かめてください。"
    en = "The body of the request could not be read as a JSON object. Please check its syntax."


class WrongMediaType(Fault):
    status, code = 415, "unsupported_media_type"
    ja = "本文の種類が JSON ではありません。Content-Type に application/json を指定してください。"
    en = "The body is not declared as JSON. Please send it with Content-Type: application/json."


class BodyTooLarge(Fault):
    status, code = 413, "request_too_large"
    ja = "リクエストが大きすぎます。{limit}バイトまでにしてください。"
    en = "The request is too large. Please keep it to {limit} bytes."


class MissingParameter(Fault):
    code = "missing_required_parameter"
    ja = "必要なパラメーター「{name}」がありません。加えてください。"
    en = "Missing required parameter: '{name}'. Please add it."


class InvalidType(Fault):
    code = "invalid_type"
    ja = "「{name}」の型がちがいます。{expected} を渡してください。"
    en = "Invalid type for '{name}': expected {expected}. Please change it."


class InvalidValue(Fault):
    code = "invalid_value"
    ja = "「{name}」の値が使えません。使えるのは {expected} です。"
    en = "Invalid value for '{name}': expected {expected}. Please change it."


class TooSmall(Fault):
    """`code` depends on the kind of number."""

    ja = "「{name}」が小さすぎます。{limit} 以上にしてください。"
    en = "Invalid '{name}': value too small. Expected a value >= {limit}."

    def __init__(self, name: str, limit: float) -> None:
        super().__init__(name, name=name, limit=limit)
        self.code = f"{_kind(limit)}_below_min_value"


class TooLarge(Fault):
    """`code` depends on the kind of number."""

    ja = "「{name}」が大きすぎます。{limit} 以下にしてください。"
    en = "Invalid '{name}': value too large. Expected a value <= {limit}."

    def __init__(self, name: str, limit: float) -> None:
        super().__init__(name, name=name, limit=limit)
        self.code = f"{_kind(limit)}_above_max_value"


class EmptyList(Fault):
    code = "empty_array"
    ja = "「{name}」が空です。一つ以上入れてください。"
    en = "Invalid '{name}': empty array. Please give at least one element."


class TooManyElements(Fault):
    code = "array_above_max_length"
    ja = "「{name}」が多すぎます。{limit}個までにしてください。"
    en = "Invalid '{name}': array too long. Please give at most {limit} elements."


class UnsupportedParameter(Fault):
    code = "unsupported_parameter"
    ja = "このサーバーは「{name}」を使えません。外してください。"
    en = "Unsupported parameter: '{name}' is not supported by this server. Please leave it out."


class UnknownParameter(Fault):
    code = "unknown_parameter"
    ja = "「{name}」というパラメーターはありません。つづりを確かめてください。"
    en = "Unknown parameter: '{name}'. Please check its spelling."


class ContextExceeded(Fault):
    code = "context_length_exceeded"
    ja = (
        "このモデルが一度に読み書きできるのは{limit}トークンまでです。メッセージだけで{length}トークンあり、"
        "答えを書く場所がありません。メッセージを短くしてください。"
    )
    en = (
        "This model's maximum context length is {limit} tokens. However, your messages resulted in {length} tokens, which "
        "leaves no room for an answer. Please reduce the length of the messages."
    )


class KeyMissing(Fault):
    status = 401
    ja = "API キーがありません。Authorization ヘッダーに「Bearer キー」の形で入れてください。"
    en = (
        "You didn't provide an API key. Please provide it in an Authorization header using Bearer auth "
        "(Authorization: Bearer YOUR_KEY)."
    )


class KeyInvalid(Fault):
    status, code = 401, "invalid_api_key"
    ja = "API キーが正しくありません。キーを確かめてください。"
    en = "Incorrect API key provided. Please check your key."


class HostRefused(Fault):
    status, code = 403, "host_not_allowed"
    ja = "このサーバーは、このコンピューターの名前あての呼び出しだけに答えます。127.0.0.1 を使ってください。"
    en = "This server only answers calls that are addressed to this machine. Please use 127.0.0.1."


class PageRefused(Fault):
    status, code = 403, "origin_not_allowed"
    ja = "このサーバーは、Web ページからの呼び出しには答えません。プログラムから呼んでください。"
    en = "This server does not answer calls from web pages. Please call it from a program."


class ModelNotFound(Fault):
    status, code = 404, "model_not_found"
    ja = "「{name}」というモデルはありません。/v1/models にある名前を使ってください。"
    en = "The model '{name}' does not exist. Please use one of those that /v1/models lists."


class UnknownAddress(Fault):
    status, code = 404, "unknown_url"
    ja = "「{method} {path}」というアドレスはありません。base_url を確かめてください。"
    en = "Invalid URL ({method} {path}). Please check your base_url."


class MethodRefused(Fault):
    status, code = 405, "method_not_supported"
    ja = "「{path}」は {method} では呼べません。使い方を確かめてください。"
    en = "Not allowed to {method} on {path}. Please use another method."


class RateLimited(Fault):
    status, kind, code = 429, "requests", "rate_limit_exceeded"
    ja = "呼び出しが多すぎます。{seconds}秒に{calls}回までです。{wait_seconds}秒待って、もう一度試してください。"
    en = "Rate limit reached: {calls} requests per {seconds} seconds. Please try again in {wait_seconds} seconds."


class ServerBusy(Fault):
    status, kind, code = 429, "server_busy", "server_busy"
    ja, en = Busy.ja, Busy.en


class ModelLoading(Fault):
    status, kind, code = 503, "server_error", "model_loading"
    ja = "モデル「{name}」をまだ読み込んでいます。少し待って、もう一度試してください。"
    en = "The model '{name}' is still being loaded. Please wait a moment and try again."


class ModelFailed(Fault):
    status, kind, code = 500, "server_error", "model_unavailable"
    ja = "モデル「{name}」を開けませんでした。サーバーの記録を確かめてください。"
    en = "The model '{name}' could not be opened. Please look at the log of the server."


class ServerFailed(Fault):
    status, kind = 500, "server_error"
    ja = "サーバーで思わぬ誤りが起きました。サーバーの記録を確かめてください。"
    en = "The server had an error while processing your request. Please look at the log of the server."


def fault(error: Exception) -> Fault:
    """Return what the caller is told of an error."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, Busy):
        return ServerBusy(wait=1, waiting=error.facts["waiting"])
    return ServerFailed()


def _kind(limit: float) -> str:
    return "integer" if isinstance(limit, int) else "decimal"
