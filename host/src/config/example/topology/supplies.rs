//! Supplies of the example with UPSes.

use super::{Table, list, text};
use crate::config::table::power::server::{self, CLUSTER_POWER, SERVER_POWER};
use crate::config::table::{calendar, guest, notice, nut_server, power, ups};

/// UPSes, and the plan.
pub(super) fn tables() -> Vec<Table> {
    let mut tables = vec![
        Table::of(&ups::UPS)
            .with(&ups::NAME, text("rack-a"))
            .with(&ups::NUT, text("rack-a@192.0.2.5"))
            .with(&ups::USER, text("komainu"))
            .with(&ups::PASSWORD_FILE, text("/etc/komainu/nut.password"))
            .with(&ups::CA_FILE, text("/etc/komainu/nut.pem"))
            .with(&ups::LONGEST_DELAY, text("30m"))
            .with(&ups::ASSUMED, text("40m")),
        Table::of(&ups::UPS)
            .with(&ups::NAME, text("rack-b"))
            .with(&ups::SNMP, text("192.0.2.6"))
            .with(&ups::USER, text("komainu"))
            .with(&ups::PASSWORD_FILE, text("/etc/komainu/snmp.password"))
            .with(&ups::LONGEST_DELAY, text("30m"))
            .with(&ups::ASSUMED, text("40m")),
        Table::of(&power::POWER),
        Table::of(&nut_server::NUT_SERVER)
            .with(&nut_server::LISTEN, list(&["192.0.2.2"]))
            .with(&nut_server::CERTIFICATE_FILE, text("/etc/komainu/nut-server.pem"))
            .with(&nut_server::KEY_FILE, text("/etc/komainu/nut-server.key")),
        Table::of(&nut_server::USER)
            .with(&nut_server::NAME, text("printers"))
            .with(&nut_server::PASSWORD_FILE, text("/etc/komainu/printers.password"))
            .with(&nut_server::STAGE, text("guests")),
        Table::of(&calendar::CALENDAR)
            .with(&calendar::NAME, text("inspection"))
            .with(&calendar::YEARLY, text("11-03"))
            .with(&calendar::STOP, text("08:00"))
            .with(&calendar::START, text("17:00")),
        Table::of(&notice::MAIL)
            .with(&notice::SERVER, text("mail.example.net"))
            .with(&notice::FROM, text("komainu@example.net"))
            .with(&notice::TO, list(&["operators@example.net"])),
        Table::of(&notice::NOTICE)
            .with(&notice::COMMAND, list(&["/usr/bin/logger", "--tag", "komainu"])),
    ];
    tables.extend(
        ["rack-a", "rack-b"]
            .map(|ups| Table::of(&power::OWN_FEED).with(&power::FEED_UPS, text(ups))),
    );
    tables.extend([
        Table::of(&power::STAGE)
            .with(&power::STAGE_NAME, text("guests"))
            .with(&power::STAGE_AFTER, text("2m")),
        Table::of(&power::STAGE).with(&power::STAGE_NAME, text("cluster")),
        Table::of(&power::MAINTENANCE)
            .with(&power::MAINTENANCE_NAME, text("pacemaker"))
            .with(&power::KIND, text("pacemaker"))
            .with(&power::THROUGH, list(&["/usr/bin/ssh", "-oBatchMode=yes", "root@192.0.2.11"])),
    ]);
    tables
}

/// What the servers have in common.
pub(super) fn cluster() -> Table {
    Table::of(&CLUSTER_POWER).with(&server::STAGE, text("cluster"))
}

/// What a server hangs on, and how it stops.
pub(super) fn server(name: &str) -> Vec<Table> {
    let own = Table::of(&SERVER_POWER);
    let own = match name {
        "gamma" => own.with(&server::STAGE, text("guests")).with(&server::GROUPS, list(&[""])),
        _ => own.with(&server::MAINTENANCE, list(&["pacemaker"])),
    };
    let feed = |ups| Table::of(&power::SERVER_FEED).with(&power::FEED_UPS, text(ups));
    let mut tables = vec![own, feed("rack-a"), feed("rack-b")];
    if name == "gamma" {
        tables.extend(guests());
    }
    tables
}

/// A database, and what needs it.
fn guests() -> [Table; 3] {
    let named = |name| Table::of(&guest::SERVER_GUEST).with(&guest::NAME, text(name));
    [
        Table::of(&guest::SERVER_GUESTS),
        named("database").with(&guest::READY, "true"),
        named("reports").with(&guest::AFTER, list(&["database"])),
    ]
}
