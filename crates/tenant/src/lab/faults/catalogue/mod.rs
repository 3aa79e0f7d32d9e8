//! Every fault there is, in the order in which they are shown.

mod id_token;
mod keys;
mod response;
mod token;

use super::Fault;

/// The catalogue by groups.
pub(super) const CATALOGUE: [&[Fault]; 4] = [id_token::FAULTS, response::FAULTS, token::FAULTS, keys::FAULTS];

/// The fault of this name.
pub(super) fn named(name: &str) -> Option<&'static Fault> {
    CATALOGUE.into_iter().flatten().find(|fault| fault.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_groups_stand_together() {
        let all: Vec<_> = CATALOGUE.into_iter().flatten().collect();
        let mut groups = Vec::new();
        for (index, fault) in all.iter().enumerate() {
            assert!(fault.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'));
            assert!(all[..index].iter().all(|other| other.name != fault.name && other.title != fault.title));
            assert!(fault.will.ends_with('.') && !fault.expect.is_empty(), "{}", fault.name);
            if groups.last() != Some(&fault.group) {
                assert!(!groups.contains(&fault.group), "{} stands in two places", fault.group);
                groups.push(fault.group);
            }
        }
        assert!(all.len() > 40, "{}", all.len());
    }
}
