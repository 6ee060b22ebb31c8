//! Words with a meaning of their own.

/// An enum of keywords, which are read in either case and written as they stand here.
macro_rules! keywords {
    ($(#[$about:meta])* $vis:vis enum $name:ident {
        $($(#[$what:meta])* $variant:ident = $text:literal,)+
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        $vis enum $name { $($(#[$what])* $variant,)+ }

        impl $name {
            /// All of them, in this order.
            #[allow(dead_code, reason = "some keywords are only looked up")]
            $vis const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// What that word means; `None` for one that is not listed.
            $vis fn of(word: $crate::wire::nut::Word<'_>) -> Option<Self> {
                $(if word.is($text) {
                    return Some(Self::$variant);
                })+
                None
            }

            /// The word.
            $vis const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}
pub(super) use keywords;
