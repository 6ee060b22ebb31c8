//! Section 1.1: at most one of several connectors acts.

use super::*;

const OTHER: ConnectorNumber = ConnectorNumber(2);

fn beside_another(saved: SavedActing) -> World {
    let tokens = SavedTokens { ceiling: Token(0), known: true };
    let all = SavedCluster { acting: saved, tokens, maintenance: false };
    let mut world = World::with(2, ByOrder::new(&[OTHER], saved), Some(all));
    world.hear_all();
    world
}

#[test]
fn a_standby_refuses_and_commands_nothing() {
    let mut world = beside_another(SavedActing::default());
    assert_eq!(world.ask(A, B, 1), Verdict::Refused(Cause::NotActing));
    assert_eq!(world.answer().cause, Cause::NotActing);
    assert_eq!(world.view().mode(A), Mode::Standby);
}

#[test]
fn two_that_start_together_do_not_both_act() {
    let mut world = beside_another(SavedActing::default());
    world.view().connector_answered(OTHER, Term(0), false);
    assert!(!world.view().acts(), "neither was told to");
}

#[test]
fn it_acts_on_order_once_the_term_is_durable() {
    let mut world = beside_another(SavedActing::default());
    world.view().connector_answered(OTHER, Term(4), true);
    assert!(world.view().act());
    assert!(!world.view().acts(), "not durable yet");
    world.store();
    assert!(world.view().acts());
    assert_eq!(world.cluster.acting().term(), Term(5));
    world.ask(A, B, 1);
    world.carry_out(B);
    let token = world.answers().last().expect("fenced").token;
    assert_eq!(token, Token(Token::first_of(Term(5)).0 + 1));
    assert!(!world.view().act(), "it does already");
}

#[test]
fn a_higher_term_ends_it_at_once() {
    for shown in [Term(1), Term(9)] {
        let mut world = World::new(2);
        world.ask(A, B, 1);
        world.store();
        world.judge(Request { term: shown, ..request(A, B, 1) });
        assert!(!world.view().acts());
        assert_eq!(world.permit(B, ChassisAction::Off), Permit::Denied);
        world.store();
        world.crash();
        assert!(!world.view().acts(), "a restart does not forget it");
    }
}

#[test]
fn a_token_of_a_higher_term_ends_it_too() {
    let mut world = World::new(2);
    let now = world.now;
    world.view().path_check(now, A, &PathReport { token: Token::first_of(Term(1)), ..said(&[]) });
    assert!(!world.view().acts());
}

#[test]
fn after_a_restart_it_acts_again_when_the_other_gives_way() {
    let chosen = SavedActing { term: Term(3), highest: Term(3), chosen: true };
    let mut world = beside_another(chosen);
    assert!(!world.view().acts(), "the other may act by now");
    world.view().connector_answered(OTHER, Term(3), false);
    assert!(world.view().acts());
    let mut world = beside_another(chosen);
    world.view().connector_answered(OTHER, Term(4), true);
    world.view().connector_answered(OTHER, Term(4), false);
    assert!(!world.view().acts(), "the other was told to act since");
    let mut world = beside_another(chosen);
    world.view().connector_off(OTHER);
    assert!(world.view().acts(), "its machine is off");
}

#[test]
fn another_beside_it_changes_nothing_by_itself() {
    let mut world = World::new(2);
    world.cluster.set_others(&[OTHER]);
    assert!(world.view().acts());
    world.view().connector_answered(OTHER, Term(1), true);
    assert!(!world.view().acts());
}
