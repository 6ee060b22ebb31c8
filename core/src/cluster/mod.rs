//! The connector's view of one cluster.
