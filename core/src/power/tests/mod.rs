//! Stories of the power machine. Each is told to a machine with all its laws, and fails for one
//! that lacks the law it is about (`laws.rs`).

extern crate std;

/// Has each of these stories told to a machine with all its laws.
macro_rules! stories {
    ($($name:ident)+) => {
        $(#[test]
        fn $name() {
            story::$name(crate::power::Laws::ALL);
        })+
    };
}

mod any_order;
mod asked;
mod cutting;
mod dead;
mod late;
mod laws;
mod orders;
mod outage;
mod proof;
mod reality;
mod restart;
mod returning;
mod standing;
mod trouble;
mod unheard;
mod unsure;
mod world;
