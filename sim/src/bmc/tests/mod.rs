//! The BMC against recorded exchanges, and against a console that knows the specification.

mod chassis;
mod console;
mod hostile;
mod login;
mod management;
mod quirks;
mod vectors;
