"""The environment from which the settings are read, `.env` included."""

import os
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(os.environ.get("ENV_FILE", BASE_DIR / ".env"))
