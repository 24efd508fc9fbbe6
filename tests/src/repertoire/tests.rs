//! Every builtin profile can be played, and its driver reads what was played.

use super::*;

#[test]
fn every_profile_plays_results_that_its_driver_reads() {
    let library = Library::builtin().unwrap();
    let mut dice = Dice::new(11);
    for mut repertoire in all(&library).unwrap() {
        let id = repertoire.driver().id().to_owned();
        println!("{id}");
        for template in repertoire.templates() {
            println!(
                "  {:<24} {:?}, {} specimens, {} places",
                template.name,
                template.purpose,
                template.specimens.len(),
                template.places()
            );
        }
        for index in 0..repertoire.templates().len() {
            let one = repertoire.play(index, None, &mut dice).unwrap();
            let other = repertoire.play(index, None, &mut dice).unwrap();
            assert_eq!(one.observations, other.observations, "{id} {}", one.name);
        }
    }
}

#[test]
fn a_named_specimen_is_the_one_that_is_sent() {
    let library = Library::builtin().unwrap();
    let mut dice = Dice::new(12);
    for mut repertoire in all(&library).unwrap() {
        let id = repertoire.driver().id().to_owned();
        // What is only identified has no results to play.
        if repertoire.count(Purpose::Results) == 0 {
            println!("{id}: no results");
            continue;
        }
        let made = repertoire
            .say(Purpose::Results, None, &mut dice)
            .unwrap()
            .unwrap();
        let number = shape::other_digits(&made.name);
        let named = repertoire
            .say(Purpose::Results, Some(&number), &mut dice)
            .unwrap()
            .unwrap();
        assert_eq!(named.name, number, "{id}");
        assert_ne!(named.text, made.text, "{id}");
    }
}
