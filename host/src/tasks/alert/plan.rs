//! Which entries of the BMC's tables to use: those that say the same already, or free ones.

use komainu_core::wire::command::alert_policy::{AlertPolicyCount, AlertPolicyEntry};
use komainu_core::wire::command::event_filter::{EventFilter, EventFilterCount, FilterOrigin};
use komainu_core::wire::command::pef::GetPefConfiguration;

use crate::engine::Bmc;
use crate::problem::Problem;

/// The filters to write, each with the number of its entry.
pub(super) async fn filters(bmc: Bmc<'_>, policy: u8) -> Result<Vec<EventFilter>, Problem> {
    let count = bmc.ask(&GetPefConfiguration::<EventFilterCount>::new()).await?.value.0;
    let mut table = Vec::with_capacity(usize::from(count));
    for number in 1..=count {
        let entry = GetPefConfiguration::<EventFilter>::of_entry(number);
        table.extend(bmc.try_ask(&entry).await?.map(|entry| entry.value));
    }
    place(&table, policy).ok_or(Problem::Unsupported("free event filter"))
}

/// Where the filters of power-off go in `table`; `None` when there is no room.
fn place(table: &[EventFilter], policy: u8) -> Option<Vec<EventFilter>> {
    let mut taken = Vec::new();
    let wanted = EventFilter::power_off_alerts(1, policy);
    let placed = wanted.into_iter().map(|filter| {
        let same =
            |entry: &&EventFilter| EventFilter { number: filter.number, ..**entry } == filter;
        let free = |entry: &&EventFilter| {
            !entry.enabled
                && entry.origin == FilterOrigin::Software
                && !taken.contains(&entry.number)
        };
        let entry = table.iter().find(same).or_else(|| table.iter().find(free))?;
        taken.push(entry.number);
        Some(EventFilter { number: entry.number, ..filter })
    });
    placed.collect()
}

/// The policy entry to write.
pub(super) async fn policy(
    bmc: Bmc<'_>,
    policy: u8,
    channel: u8,
    destination: u8,
) -> Result<AlertPolicyEntry, Problem> {
    let count = bmc.ask(&GetPefConfiguration::<AlertPolicyCount>::new()).await?.value.0;
    let mut free = None;
    for number in 1..=count {
        let entry = GetPefConfiguration::<AlertPolicyEntry>::of_entry(number);
        let Some(entry) = bmc.try_ask(&entry).await? else { continue };
        let wanted = AlertPolicyEntry::always(number, policy, channel, destination);
        if entry.value == wanted {
            return Ok(wanted);
        }
        if !entry.value.enabled {
            free.get_or_insert(wanted);
        }
    }
    free.ok_or(Problem::Unsupported("free alert policy entry"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty(number: u8) -> EventFilter {
        EventFilter { enabled: false, ..EventFilter::alert(number, 0, 0, 0) }
    }

    fn numbers(table: &[EventFilter]) -> Option<Vec<u8>> {
        Some(place(table, 1)?.iter().map(|filter| filter.number).collect())
    }

    #[test]
    fn free_entries_are_used_and_others_left_alone() {
        let used = EventFilter::alert(1, 0x01, 1, 2);
        let fixed = EventFilter { origin: FilterOrigin::Manufacturer, ..empty(3) };
        let table = [used, empty(2), fixed, empty(4), empty(5), empty(6)];
        assert_eq!(numbers(&table), Some(vec![2, 4, 5]));
    }

    #[test]
    fn what_is_set_up_already_stays_where_it_is() {
        let [a, b, c] = EventFilter::power_off_alerts(4, 1);
        assert_eq!(numbers(&[empty(1), c, b, a, empty(9)]), Some(vec![4, 5, 6]));
    }

    #[test]
    fn a_full_table_has_no_room() {
        assert_eq!(numbers(&[empty(1), empty(2)]), None);
    }
}
