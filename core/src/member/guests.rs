//! Directives about the guests of this host.

use crate::guests::{Order, Progress};
use crate::time::Instant;
use crate::types::{Directed, ReportCause};

use super::Member;
use super::directive::Task;

impl Member {
    /// Begins to carry out a directive for the guests of its group. What an earlier one wanted of
    /// the same guests instead is over.
    pub(super) fn begin_guests(
        &mut self,
        at: usize,
        order: Order,
        now: Instant,
    ) -> Result<(), ReportCause> {
        let Some(task) = self.tasks.get_mut(at) else { return Err(ReportCause::Internal) };
        let scope = self.guests.order(task.group(), order, now);
        task.scope = scope.ok_or(ReportCause::UnknownGroup)?;
        let (wanted, scope) = (task.action, task.scope);
        for task in self.tasks.iter_mut().filter(|task| task.is_working()) {
            let guests = matches!(task.action, Directed::StopGuests | Directed::StartGuests);
            if guests && task.action != wanted && task.scope.meets(scope) {
                task.ended(Err(ReportCause::None), now);
            }
        }
        Ok(())
    }
}

impl Task {
    /// How far its guests are.
    pub(super) fn guests_are(&mut self, progress: &Progress, now: Instant) {
        let Progress { done, of, failed, working } = *progress;
        (self.done, self.of) = (done, of);
        if !working && failed == 0 {
            self.ended(Ok(()), now);
        } else if !working || self.until.is_some_and(|until| now >= until) {
            self.ended(Err(ReportCause::TimeLimit), now);
        }
    }
}
