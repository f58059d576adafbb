"""How one process is configured; all else is tenant settings in the database."""

from gatelodge.config.fields import Config, Hashing
from gatelodge.config.safety import Problem, check
from gatelodge.config.sources import ConfigError, Loaded, load

__all__ = ["Config", "ConfigError", "Hashing", "Loaded", "Problem", "check", "load"]
