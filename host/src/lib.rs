//! The shell that Linux and Windows share.
