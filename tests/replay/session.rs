//! Our session reaches the end that each recorded exchange reached.
//!
//! With the recorded numbers the session derives the recorded keys, or its sealed datagrams and
//! codes would not be the recorded ones bit for bit, and the BMC's would not open.

use komainu_core::session::Standing;
use komainu_core::wire::command::device::Guid;
use komainu_tests::recorded::{
    Difference, End, Plan, Sent, Standstill, Vector, Walk, load_attempts,
};

/// What one walk came to.
#[derive(Default)]
struct Tally {
    same: usize,
    tag: usize,
    capabilities: usize,
}

impl Tally {
    fn add(&mut self, sent: Sent) {
        match sent {
            Sent::Same => self.same += 1,
            Sent::But(Difference::Tag) => self.tag += 1,
            Sent::But(Difference::Capabilities) => self.capabilities += 1,
        }
    }
}

fn walk(vector: &Vector, plan: Plan, tally: &mut Tally) -> Result<(), String> {
    let end = plan.end;
    let mut walk = Walk::new(vector, plan);
    let sent = match walk.finish() {
        Ok(sent) => sent,
        Err(standstill) => return Err(format!("{standstill:?}")),
    };
    sent.into_iter().for_each(|sent| tally.add(sent));
    match end {
        End::NoLogin => Ok(()),
        End::Refused(failure) => match walk.recover() {
            // The session tries again before it believes a refusal, and gets the same answers.
            Err(Standstill::Failed(told)) if told == failure => Ok(()),
            other => Err(format!("{other:?} and not {failure:?}")),
        },
        End::Session { answers, closed } => {
            let snapshot = walk.snapshot();
            let up = closed || snapshot.standing != Standing::LoggingIn;
            // The GUID is not shown by a login of 1.5.
            let told = vector.case.keys.as_ref().map(|keys| &keys.guid);
            let guid = told.is_none_or(|told| shown(snapshot.guid).as_ref() == Some(told));
            match up && guid && walk.reached() == (answers, closed) {
                true => Ok(()),
                false => Err(format!("{:?}, reached {:?}", walk.snapshot(), walk.reached())),
            }
        }
    }
}

fn shown(guid: Option<Guid>) -> Option<String> {
    guid.map(|Guid(bytes)| bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[test]
fn our_session_walks_through_every_exchange_to_its_end() {
    let (vectors, mut tally, mut wrong) = (load_attempts(), Tally::default(), Vec::new());
    for vector in &vectors {
        if let Err(what) = Plan::of(vector).and_then(|plan| walk(vector, plan, &mut tally)) {
            wrong.push(format!("{}: {what}", vector.case.name));
        }
    }
    let Tally { same, tag, capabilities } = tally;
    println!(
        "{} exchanges; sent {same} datagrams byte for byte as recorded, {tag} with another RAKP \
         message tag, {capabilities} with a wider question for capabilities",
        vectors.len()
    );
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(same > 0, "no datagram was compared");
}

#[test]
fn with_kg_the_refused_logins_succeed() {
    for vector in load_attempts() {
        let plan = Plan::of(&vector).expect("a plan");
        if plan.end != End::Refused(komainu_core::failure::Failure::WrongKg) {
            continue;
        }
        let plan = plan.with_kg(&vector).expect("a Kg");
        walk(&vector, plan, &mut Tally::default())
            .unwrap_or_else(|what| panic!("{}: {what}", vector.case.name));
    }
}
