"""All settings, read once: the configuration file, then `FOOTNOTE_*`, then flags.

Nothing else in the project reads the environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from platformdirs import user_cache_dir, user_config_dir, user_data_dir
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from agent.errors import SetupError

CONFIG_FILE = Path(user_config_dir("footnote")) / "config.toml"


class Settings(BaseSettings):
    """What a person can set.

    Attributes:
        home: Folder of the warehouse, the memory, the runs and the checkpoints.
        cache: Folder of prepared models.
        model: `embedded`, `scripted`, `openai` or `langchain:package.module:ClassName`.
        model_name: For `embedded` the base: `embedded` for the packaged one, a folder, or a hub id;
            for the others the model's name; for `scripted` a file of replies.
        model_url: Address of an OpenAI-compatible server, for `openai`.
        model_key: Its key, where it wants one.
        quantization: `nf4` or `none`.
        device: `auto`, `cpu` or `cuda`.
        adapters: Whether trained adapters serve their tasks; the base serves them otherwise.
        max_repairs: How often an error goes back to the planner before the agent abstains.
        answer_seconds: After so long a question is given up, in seconds.
        step_limit: Graph steps for one question.
        max_file_bytes: Larger files are not ingested (after decompression).
        wait_seconds: How long to wait while another process has the warehouse open: one may write,
            or several may read.
        ingest_workers: Processes that parse documents; None for as many as there are cores.
        document_seconds: A document that takes longer to parse is left out.
        edgar_user_agent: Your name and e-mail address; the SEC wants every program to say whose
            it is.
        edgar_url: Where EDGAR's archives and ticker lists are.
        edgar_data_url: Where EDGAR's JSON APIs are.
        edgar_requests_per_second: Over all threads and processes; the SEC allows 10.
        finnhub_key: API key for news from Finnhub.
    """

    model_config = SettingsConfigDict(
        env_prefix="FOOTNOTE_", toml_file=CONFIG_FILE, extra="forbid", frozen=True
    )

    home: Path = Field(default_factory=lambda: Path(user_data_dir("footnote")))
    cache: Path = Field(default_factory=lambda: Path(user_cache_dir("footnote")))
    model: str = Field(
        default="embedded", pattern=r"^(embedded|scripted|openai|langchain:[\w.]+:\w+)$"
    )
    model_name: str = "embedded"
    model_url: str = ""
    model_key: SecretStr = SecretStr("")
    quantization: Literal["nf4", "none"] = "nf4"
    device: str = "auto"
    adapters: bool = True
    max_repairs: int = Field(default=2, ge=0, le=10)
    answer_seconds: float = Field(default=300.0, gt=0)
    step_limit: int = Field(default=40, ge=8)
    max_file_bytes: int = Field(default=400_000_000, gt=0)
    wait_seconds: float = Field(default=60.0, ge=0)
    ingest_workers: int | None = Field(default=None, ge=0)
    document_seconds: float = Field(default=180.0, gt=0)
    edgar_user_agent: str = ""
    edgar_url: str = Field(default="https://www.sec.gov", pattern=r"^https?://[^/]+")
    edgar_data_url: str = Field(default="https://data.sec.gov", pattern=r"^https?://[^/]+")
    edgar_requests_per_second: float = Field(default=8.0, gt=0, le=10)
    finnhub_key: SecretStr = SecretStr("")

    @property
    def warehouse_path(self) -> Path:
        """The warehouse's file."""
        return self.home / "warehouse.duckdb"

    @property
    def memory_path(self) -> Path:
        """The memory's folder."""
        return self.home / "memory"

    @property
    def runs_path(self) -> Path:
        """The folder of run records."""
        return self.home / "runs"

    @property
    def checkpoints_path(self) -> Path:
        """The conversations' checkpoints."""
        return self.home / "checkpoints.sqlite"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: flags over environment over file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def read_settings(**flags: Any) -> Settings:
    """Read the settings; flags that are None don't count.

    Raises:
        SetupError: A setting has no such name or no such value.
    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SetupError(
            f"Setting {name!r}: {first['msg']}. Look in {CONFIG_FILE}, at "
            f"FOOTNOTE_{name.upper()} and at the flags."
        ) from error
    except (OSError, ValueError) as error:
        raise SetupError(f"{CONFIG_FILE} can't be read: {error}") from error
