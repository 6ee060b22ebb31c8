//! What the configuration files say. [`login`] is the one for commands that somebody types.

mod login;

pub(crate) use login::{Config, ConfigError, Settings};
