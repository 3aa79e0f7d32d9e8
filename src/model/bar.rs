//! Where everything stands on the lifecycle bar, in thousandths of its width.

use core::time::Duration;

use silent_auth::protocol::session::{Generation, Origin};
use silent_auth::protocol::time::Timestamp;

/// How many generations are drawn: the newest, and the shadows of those before it.
pub const SHOWN: usize = 4;

/// A place on the bar, in thousandths of its width from the left: 0 to 1000.
pub type Place = u16;

/// One generation of tokens on the bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The generation's number.
    pub number: u32,
    /// Whether its tokens are in use.
    pub current: bool,
    /// Where its tokens arrived.
    pub from: Place,
    /// Where its renewal begins.
    pub renew: Place,
    /// Where its tokens expire, or where they were replaced or dropped.
    pub to: Place,
    /// Up to where it has been lived: now for the current one, its end for the others.
    pub lived: Place,
}

/// The whole bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Oldest first.
    pub segments: Vec<Segment>,
    /// Where now is.
    pub now: Place,
}

/// Lays out the newest generations. `None` if there are none.
///
/// The scale fits four lives of the newest token, so a long gap (a sleeping device) pushes older generations off
/// the left edge. Once the newest has expired, now goes on for half a life and then stays at the right edge.
#[must_use]
pub fn layout(generations: &[Generation], now: Timestamp) -> Option<Bar> {
    let newest = generations.last()?;
    let shown = &generations[generations.len().saturating_sub(SHOWN)..];
    let life = newest.expires_at.since(newest.issued_at).max(Duration::from_secs(1));
    let known_end = newest.ended_at.unwrap_or(newest.expires_at);
    let end = now.clamp(known_end, known_end.max(newest.expires_at) + life / 2);
    let start = shown.first()?.issued_at.max(end - life * 4).min(newest.issued_at);
    let window = (end.as_millis() - start.as_millis()).max(1);
    let place = |at: Timestamp| {
        let share = (at.as_millis() - start.as_millis()).saturating_mul(1000) / window;
        Place::try_from(share.clamp(0, 1000)).unwrap_or(0)
    };
    let segments = shown
        .iter()
        .filter(|generation| end_of(generation) > start)
        .map(|generation| {
            let to = end_of(generation);
            Segment {
                number: generation.number,
                current: generation.ended_at.is_none(),
                from: place(generation.issued_at),
                renew: place(generation.renew_at.min(to)),
                to: place(to),
                lived: place(generation.ended_at.unwrap_or(now).min(to)),
            }
        })
        .collect();
    Some(Bar { segments, now: place(now) })
}

/// The life of a token as an example, for as long as there is none: how the bar looks before a sign-in.
#[must_use]
pub fn example() -> Bar {
    let at = Timestamp::from_secs;
    let generation = |number: u32, issued: i64, ended_at: Option<Timestamp>| Generation {
        number,
        origin: Origin::Renewed,
        issued_at: at(issued),
        renew_at: at(issued + 48),
        expires_at: at(issued + 60),
        ended_at,
    };
    let generations = [generation(1, 0, Some(at(48))), generation(2, 48, Some(at(96))), generation(3, 96, None)];
    layout(&generations, at(122)).unwrap_or(Bar { segments: Vec::new(), now: 0 })
}

fn end_of(generation: &Generation) -> Timestamp {
    generation.ended_at.unwrap_or(generation.expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lives of 60 s that are renewed after 48.
    fn lives(count: u32) -> Vec<Generation> {
        (0..count)
            .map(|index| {
                let issued_at = Timestamp::from_secs(1_000 + i64::from(index) * 48);
                Generation {
                    number: index + 1,
                    origin: Origin::Renewed,
                    issued_at,
                    renew_at: issued_at.shifted(48_000),
                    expires_at: issued_at.shifted(60_000),
                    ended_at: (index + 1 < count).then(|| issued_at.shifted(48_000)),
                }
            })
            .collect()
    }

    #[test]
    fn without_a_token_there_is_no_bar() {
        assert_eq!(layout(&[], Timestamp::from_secs(1)), None);
    }

    #[test]
    fn one_life_fills_the_bar() {
        let bar = layout(&lives(1), Timestamp::from_secs(1_030)).expect("one generation");
        assert_eq!(bar.now, 500);
        assert_eq!(bar.segments, [Segment { number: 1, current: true, from: 0, renew: 800, to: 1000, lived: 500 }]);
    }

    #[test]
    fn a_renewal_begins_a_segment_where_the_one_before_ends() {
        let bar = layout(&lives(3), Timestamp::from_secs(1_100)).expect("three generations");
        assert_eq!(bar.segments.iter().map(|segment| segment.number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(bar.segments[0].to, bar.segments[1].from);
        assert_eq!(bar.segments[1].lived, bar.segments[1].to, "an old one is lived to its end");
        assert!(bar.segments[2].current && bar.segments[2].to == 1000);
        assert!(bar.segments[2].from < bar.now && bar.now < bar.segments[2].renew);
    }

    #[test]
    fn four_generations_are_drawn_at_most() {
        let bar = layout(&lives(8), Timestamp::from_secs(1_340)).expect("eight generations");
        assert_eq!(bar.segments.first().map(|segment| segment.number), Some(5));
        assert_eq!(bar.segments.len(), SHOWN);
    }

    #[test]
    fn now_moves_only_to_the_right_and_never_leaves_the_bar() {
        let lives = lives(2);
        let mut before = 0;
        for second in 1_048..1_200 {
            let bar = layout(&lives, Timestamp::from_secs(second)).expect("two generations");
            let share = bar.now - bar.segments.last().map_or(0, |segment| segment.from);
            assert!(bar.now <= 1000);
            assert!(second > 1_108 || share >= before, "at {second}");
            before = share;
        }
    }

    #[test]
    fn after_expiry_now_stands_beyond_the_end_of_the_token() {
        let bar = layout(&lives(1), Timestamp::from_secs(1_075)).expect("one generation");
        assert!(bar.segments[0].to < bar.now);
        assert_eq!(bar.segments[0].lived, bar.segments[0].to);
        let later = layout(&lives(1), Timestamp::from_secs(9_000)).expect("one generation");
        assert_eq!(later.now, 1000);
        assert!(later.segments[0].to > 600, "a night's sleep does not shrink it away");
    }

    #[test]
    fn a_long_gap_pushes_older_generations_out() {
        let mut lives = lives(2);
        let last = lives.last_mut().expect("two");
        (last.issued_at, last.renew_at, last.expires_at) =
            (Timestamp::from_secs(9_000), Timestamp::from_secs(9_048), Timestamp::from_secs(9_060));
        let bar = layout(&lives, Timestamp::from_secs(9_010)).expect("two generations");
        assert_eq!(bar.segments.iter().map(|segment| segment.number).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_dropped_generation_ends_where_it_was_dropped() {
        let mut lives = lives(1);
        lives[0].ended_at = Some(Timestamp::from_secs(1_020));
        let bar = layout(&lives, Timestamp::from_secs(1_020)).expect("one generation");
        assert!(!bar.segments[0].current);
        assert_eq!(bar.segments[0].to, bar.now);
    }

    #[test]
    fn a_clock_set_back_draws_nothing_outside_the_bar() {
        let bar = layout(&lives(2), Timestamp::from_secs(10)).expect("two generations");
        assert_eq!(bar.now, 0);
        assert_eq!(bar.segments[1].lived, 0);
    }
}
