"""A live model behind any OpenAI-compatible server, through the `openai` SDK."""

import os
from collections.abc import Sequence
from typing import Any

from fxgbuild.errors import GenerationNeeded, ToolFailed
from fxgbuild.generate.prompt import Message
from fxgbuild.generate.reply import Reply, is_text
from fxgbuild.lang.settings import GenerateDoc

RETRIES = 6


class ChatModel:
    """One endpoint; building it imports the SDK and reads the key, asking sends a request."""

    def __init__(self, settings: GenerateDoc) -> None:
        import openai  # noqa: PLC0415 - six tenths of a second, and never under --frozen

        self._openai = openai
        self.settings = settings
        self._key = os.environ.get(settings.api_key_env, "")
        self._client = openai.OpenAI(
            api_key=self._key or "none",
            base_url=settings.base_url or None,
            max_retries=RETRIES,
            timeout=settings.timeout_s,
        )

    def ask(self, messages: Sequence[Message], *, temperature: float) -> Reply:
        """Send one request; raises ToolFailed when the server cannot be used."""
        request: list[Any] = [dict(message) for message in messages]
        try:
            answer = self._client.chat.completions.create(
                model=self.settings.model,
                messages=request,
                temperature=temperature,
                max_tokens=self.settings.max_output_tokens,
            )
            return self._reply(answer)
        except (self._openai.OpenAIError, ValueError) as error:
            raise self._failed(str(error)) from None
        except (AttributeError, TypeError, LookupError):
            raise self._failed("the answer is no chat completion") from None

    def _reply(self, answer: Any) -> Reply:
        """Read an answer; the SDK checks none of its parts."""
        choice = answer.choices[0] if answer.choices else None
        text = (choice.message.content if choice else None) or ""
        if not isinstance(text, str) or not is_text(text):
            raise TypeError("the completion's content is no text")
        return Reply(
            text=text,
            provider="openai",
            model=str(answer.model or self.settings.model),
            finish_reason=str((choice.finish_reason if choice else "empty") or ""),
            usage=answer.usage.model_dump(exclude_none=True) if answer.usage else None,
            request_id=str(answer.id or ""),
        )

    def _failed(self, cause: str) -> ToolFailed:
        cause = cause.replace(self._key, "(the key)") if self._key else cause
        return ToolFailed(
            "the model's server could not be used",
            facts={
                "server": self.settings.base_url or "the SDK's default",
                "model": self.settings.model,
                "cause": cause[:300],
            },
            hint="`fxgbuild doctor` checks the provider's settings",
        )


def open_model(settings: GenerateDoc) -> ChatModel | None:
    """The configured live model, or None when the workspace has none or its key is not set."""
    if settings.provider == "none":
        return None
    if not settings.model:
        raise GenerationNeeded(
            "`[generate] model` is not set", hint="name the model in fxgbuild.toml"
        )
    if not settings.base_url and not os.environ.get(settings.api_key_env):
        return None
    return ChatModel(settings)
