//! The content of a type as an automaton: a state is the element read last (Glushkov's construction).

use super::grammar::{Space, TypeId};

/// How often a particle may occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    Once,
    Optional,
    Any,
    Some,
    TwoOrMore,
}

impl Times {
    /// What a token says at its end, and the token without that.
    pub(super) fn after(token: &'static str) -> (&'static str, Self) {
        for (mark, times) in [
            ("?", Self::Optional),
            ("*", Self::Any),
            ("+", Self::Some),
            ("{2}", Self::TwoOrMore),
        ] {
            if let Some(token) = token.strip_suffix(mark) {
                return (token, times);
            }
        }
        (token, Self::Once)
    }
}

/// An element in a content.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) space: Space,
    pub(super) name: &'static str,
    /// The type of the element; without one it is any element of another vocabulary.
    pub(super) target: Option<(Space, String)>,
}

/// A piece of a content.
#[derive(Clone, Debug)]
pub(super) enum Particle {
    Leaf(Leaf),
    Sequence(Vec<Particle>),
    Choice(Vec<Particle>),
    Repeated(Box<Particle>, Times),
}

impl Particle {
    pub(super) fn times(particle: Self, times: Times) -> Self {
        if times == Times::Once {
            particle
        } else {
            Self::Repeated(Box::new(particle), times)
        }
    }
}

/// An element that may come, and its type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    pub(super) space: Space,
    pub(super) name: &'static str,
    /// `None`: its content is not looked at.
    pub(super) target: Option<TypeId>,
}

/// Where in a content one is: at its start (0), or after a position (its number + 1).
pub(super) type State = usize;

/// The content of a type.
#[derive(Debug, Default)]
pub(super) struct Automaton {
    positions: Vec<Position>,
    /// Which positions may follow a state.
    next: Vec<Vec<usize>>,
    /// After which states the content may end.
    ends: Vec<bool>,
}

/// A piece under construction.
#[derive(Default)]
struct Fragment {
    nullable: bool,
    first: Vec<usize>,
    last: Vec<usize>,
}

impl Automaton {
    /// Of that content; `target` looks up types.
    pub(super) fn of(
        content: Option<&Particle>,
        mut target: impl FnMut(&(Space, String)) -> TypeId,
    ) -> Self {
        let mut automaton = Self {
            positions: Vec::new(),
            next: vec![Vec::new()],
            ends: Vec::new(),
        };
        let Some(content) = content else {
            automaton.ends.push(true);
            return automaton;
        };
        let whole = automaton.add(content, &mut target);
        automaton.ends = vec![false; automaton.next.len()];
        for (state, end) in automaton.ends.iter_mut().enumerate() {
            *end = match state.checked_sub(1) {
                None => whole.nullable,
                Some(position) => whole.last.contains(&position),
            };
        }
        if let Some(start) = automaton.next.first_mut() {
            *start = whole.first;
        }
        for following in &mut automaton.next {
            following.sort_unstable();
            following.dedup();
        }
        automaton
    }

    fn add(
        &mut self,
        particle: &Particle,
        target: &mut impl FnMut(&(Space, String)) -> TypeId,
    ) -> Fragment {
        match particle {
            Particle::Leaf(leaf) => {
                let place = self.positions.len();
                self.positions.push(Position {
                    space: leaf.space,
                    name: leaf.name,
                    target: leaf.target.as_ref().map(&mut *target),
                });
                self.next.push(Vec::new());
                Fragment {
                    nullable: false,
                    first: vec![place],
                    last: vec![place],
                }
            }
            Particle::Sequence(pieces) => {
                let mut whole = Fragment {
                    nullable: true,
                    ..Fragment::default()
                };
                for piece in pieces {
                    let piece = self.add(piece, target);
                    whole = self.join(whole, piece);
                }
                whole
            }
            Particle::Choice(branches) => {
                let mut whole = Fragment::default();
                for branch in branches {
                    let branch = self.add(branch, target);
                    whole.nullable |= branch.nullable;
                    whole.first.extend(branch.first);
                    whole.last.extend(branch.last);
                }
                whole
            }
            Particle::Repeated(inner, times) => {
                let mut whole = self.add(inner, target);
                if *times == Times::TwoOrMore {
                    let again = self.add(inner, target);
                    self.follow(&again.last, &again.first);
                    return self.join(whole, again);
                }
                if matches!(times, Times::Any | Times::Some) {
                    self.follow(&whole.last, &whole.first);
                }
                whole.nullable |= *times != Times::Some;
                whole
            }
        }
    }

    fn join(&mut self, mut before: Fragment, after: Fragment) -> Fragment {
        self.follow(&before.last, &after.first);
        if before.nullable {
            before.first.extend(&after.first);
        }
        if after.nullable {
            before.last.extend(after.last);
        } else {
            before.last = after.last;
        }
        before.nullable &= after.nullable;
        before
    }

    fn follow(&mut self, from: &[usize], to: &[usize]) {
        for position in from {
            if let Some(following) = self.next.get_mut(position + 1) {
                following.extend(to);
            }
        }
    }

    /// Whether no element may come at all.
    pub(super) fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// Reads an element that may come here.
    pub(super) fn step(&self, state: State, space: Space, name: &str) -> Option<(State, Position)> {
        let following = self.next.get(state)?;
        following.iter().find_map(|place| {
            let position = self.positions.get(*place)?;
            position
                .matches(space, name)
                .then_some((place + 1, *position))
        })
    }

    /// Where such an element stands in the content at all: first what comes later, then what came before.
    pub(super) fn somewhere(
        &self,
        state: State,
        space: Space,
        name: &str,
    ) -> Option<(State, Position)> {
        let found = |place: &usize| {
            let position = self.positions.get(*place)?;
            (position.target.is_some() && position.matches(space, name))
                .then_some((place + 1, *position))
        };
        let (before, after) = (0..state, state..self.positions.len());
        after
            .into_iter()
            .find_map(|place| found(&place))
            .or_else(|| {
                let mut before = before.rev();
                before.find_map(|place| found(&place))
            })
    }

    /// Whether the content may end here.
    pub(super) fn may_end(&self, state: State) -> bool {
        self.ends.get(state).copied().unwrap_or_default()
    }

    /// Names of the elements that may come here.
    pub(super) fn expected(&self, state: State) -> impl Iterator<Item = &'static str> {
        let following = self.next.get(state).into_iter().flatten();
        following.filter_map(|place| Some(self.positions.get(*place)?.name))
    }

    /// The fewest elements with which one comes from a state to another one (without naming that), or to an end.
    pub(super) fn missing(&self, from: State, to: Option<State>) -> Option<Vec<&'static str>> {
        let mut before: Vec<Option<State>> = vec![None; self.next.len()];
        let mut queue = std::collections::VecDeque::from([from]);
        let mut reached = None;
        while let Some(state) = queue.pop_front() {
            for place in self.next.get(state).into_iter().flatten() {
                let next = place + 1;
                if to == Some(next) {
                    reached = Some(state);
                    break;
                }
                if let Some(seen @ None) = before.get_mut(next)
                    && next != from
                {
                    *seen = Some(state);
                    queue.push_back(next);
                }
            }
            if to.is_none() && self.may_end(state) {
                reached = Some(state);
            }
            if reached.is_some() {
                break;
            }
        }
        let mut names = Vec::new();
        let mut state = reached?;
        while state != from {
            names.extend(
                self.positions
                    .get(state.checked_sub(1)?)
                    .map(|one| one.name),
            );
            state = before.get(state).copied().flatten()?;
        }
        names.reverse();
        Some(names)
    }

    /// Whether an element has one way to go from every state.
    #[cfg(test)]
    pub(super) fn is_deterministic(&self) -> bool {
        self.next.iter().all(|following| {
            let mut names: Vec<(Space, &str)> = following
                .iter()
                .map(|place| (self.positions[*place].space, self.positions[*place].name))
                .collect();
            let all = names.len();
            names.sort_unstable_by_key(|(space, name)| (*name, *space as u8));
            names.dedup();
            names.len() == all
        })
    }
}

impl Position {
    fn matches(&self, space: Space, name: &str) -> bool {
        match self.target {
            Some(_) => self.space == space && self.name == name,
            // `##other`: in a namespace, and not in the one of the type.
            None => space != self.space && space != Space::None,
        }
    }
}
