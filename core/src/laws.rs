//! Single conditions of a machine, each by its name.
//!
//! Production code has no switch: there each of them holds, always. Only the proof that the checks
//! of tests and simulator bite takes them away one by one.

/// Defines `Laws` with a method for each condition that says whether it holds.
macro_rules! laws {
    ($($(#[$about:meta])* $name:ident,)+) => {
        /// Which of the conditions hold.
        #[cfg(any(test, feature = "mutants"))]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Laws { $($(#[$about])* pub $name: bool,)+ }

        #[cfg(any(test, feature = "mutants"))]
        impl Laws {
            /// All of them.
            pub const ALL: Self = Self { $($name: true,)+ };

            /// The name of each, and how to take it away.
            pub const EACH: &'static [(&'static str, fn(&mut Self))] =
                &[$((stringify!($name), |laws| laws.$name = false),)+];

            $(pub(super) const fn $name(&self) -> bool { self.$name })+
        }

        /// All conditions, always.
        #[cfg(not(any(test, feature = "mutants")))]
        #[derive(Clone, Copy, Debug)]
        pub(super) struct Laws;

        #[cfg(not(any(test, feature = "mutants")))]
        impl Laws {
            pub(super) const ALL: Self = Self;

            $(pub(super) const fn $name(&self) -> bool { true })+
        }
    };
}

pub(crate) use laws;
