//! Where the parts meet: they speak of one another only here.

pub mod route;
