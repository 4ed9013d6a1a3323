"""A live model behind any OpenAI-compatible server, through the `openai` SDK."""

import os
from collections.abc import Sequence
from typing import Any

from fxgbuild.errors import GenerationNeeded, ToolFailed
from fxgbuild.generate.prompt import Message
from fxgbuild.generate.reply import Reply
from fxgbuild.lang.settings import GenerateDoc

RETRIES = 6


class ChatModel:
    """One endpoint; building it imports the SDK and reads the key, asking sends a request."""

    def __init__(self, settings: GenerateDoc) -> None:
        import openai  # noqa: PLC0415 - six tenths of a second, and never under --frozen

        self._openai = openai
        self.settings = settings
        key = os.environ.get(settings.api_key_env, "")
        self._client = openai.OpenAI(
            api_key=key or "none",
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
        except self._openai.OpenAIError as error:
            raise ToolFailed(
                "the model's server could not be used",
                facts={
                    "server": self.settings.base_url or "the SDK's default",
                    "model": self.settings.model,
                    "cause": str(error)[:300],
                },
                hint="`fxgbuild doctor` checks the provider's settings",
            ) from None
        choice = answer.choices[0] if answer.choices else None
        text = choice.message.content if choice else None
        return Reply(
            text=text or "",
            provider="openai",
            model=answer.model or self.settings.model,
            finish_reason=(choice.finish_reason if choice else "empty") or "",
            usage=answer.usage.model_dump(exclude_none=True) if answer.usage else None,
            request_id=answer.id or "",
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
