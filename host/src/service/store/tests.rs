use std::fs;

use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn loaded(folder: &Path) -> Found {
    Disk::new(folder.to_owned()).load().expect("readable")
}

fn opened(folder: &Path) -> (Disk, Found) {
    let mut disk = Disk::new(folder.to_owned());
    let found = disk.load().expect("readable");
    (disk, found)
}

fn wait(told: &Receiver<Stored>) -> Stored {
    told.recv_timeout(Duration::from_secs(10)).expect("the keeper speaks")
}

#[test]
fn the_sum_is_the_usual_one() {
    assert_eq!(crc32(&[b"1234", b"56789"]), 0xCBF4_3926);
}

#[test]
fn nothing_is_found_where_nothing_was_written() {
    assert_eq!(loaded(folder().path()), Found::default());
}

#[test]
fn the_newest_record_is_found_again() {
    let folder = folder();
    for number in 0..5_u8 {
        let (mut disk, found) = opened(folder.path());
        assert_eq!(found.record, number.checked_sub(1).map(|before| vec![before; 9]));
        disk.write(&[number; 9]).expect("written");
    }
}

#[test]
fn a_torn_file_leaves_the_record_before() {
    for torn in [0_usize, 1, HEADER - 1, HEADER, HEADER + 3] {
        let folder = folder();
        let (mut disk, _) = opened(folder.path());
        disk.write(b"before").expect("written");
        disk.write(b"after").expect("written");
        let newest = folder.path().join(NAMES[0]);
        let bytes = fs::read(&newest).expect("readable");
        fs::write(&newest, &bytes[..torn]).expect("writable");
        let (mut disk, found) = opened(folder.path());
        assert_eq!(found.record.as_deref(), Some(&b"before"[..]), "{torn}");
        assert_eq!(found.corrupt, [newest]);
        disk.write(b"mended").expect("written");
        assert_eq!(loaded(folder.path()).record.as_deref(), Some(&b"mended"[..]), "{torn}");
        // It is in both: the next damage does not bring back what was before the first.
        fs::write(folder.path().join(NAMES[1]), b"").expect("writable");
        assert_eq!(loaded(folder.path()).record.as_deref(), Some(&b"mended"[..]), "{torn}");
    }
}

#[test]
fn a_file_that_is_gone_may_have_been_the_newest() {
    let folder = folder();
    let (mut disk, found) = opened(folder.path());
    assert!(!found.is_damaged(), "a first start");
    disk.write(b"first").expect("written");
    assert!(!loaded(folder.path()).is_damaged(), "there has been one write only");
    disk.write(b"second").expect("written");
    assert!(!loaded(folder.path()).is_damaged());
    disk.write(b"third").expect("written");
    fs::remove_file(folder.path().join(NAMES[1])).expect("it is there");
    let found = loaded(folder.path());
    assert!(found.is_damaged());
    assert_eq!(found.record.as_deref(), Some(&b"second"[..]));
}

#[test]
fn each_changed_bit_is_noticed() {
    let folder = folder();
    opened(folder.path()).0.write(b"a record").expect("written");
    let path = folder.path().join(NAMES[1]);
    let whole = fs::read(&path).expect("readable");
    for at in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[at / 8] ^= 1 << (at % 8);
        fs::write(&path, bytes).expect("writable");
        let found = loaded(folder.path());
        assert_eq!((found.record, found.corrupt.len()), (None, 1), "bit {at}");
    }
}

#[test]
fn what_died_before_its_name_was_given_does_not_count() {
    let folder = folder();
    opened(folder.path()).0.write(b"durable").expect("written");
    fs::write(folder.path().join(NEXT), b"half of some").expect("writable");
    let (mut disk, found) = opened(folder.path());
    assert_eq!(found, Found { record: Some(b"durable".to_vec()), corrupt: Vec::new() });
    disk.write(b"and on").expect("written");
}

#[test]
fn the_keeper_says_when_it_is_durable() {
    let folder = folder();
    let (tell, told) = channel();
    let (store, _) =
        Store::open(&folder.path().join("deeper"), move |stored| tell.send(stored).expect("told"))
            .expect("opened");
    store.write(7, b"seven".to_vec());
    assert!(matches!(wait(&told), Stored::Done(7)));
    assert_eq!(loaded(&folder.path().join("deeper")).record.as_deref(), Some(&b"seven"[..]));
}

#[test]
fn a_failed_write_is_told_and_tried_again() {
    let folder = folder();
    let state = folder.path().join("state");
    let (tell, told) = channel();
    let (store, _) =
        Store::open(&state, move |stored| tell.send(stored).expect("told")).expect("opened");
    fs::remove_dir(&state).expect("removed");
    store.write(1, b"one".to_vec());
    let Stored::Failed(text) = wait(&told) else { panic!("there is nowhere to write to") };
    assert!(text.contains(NEXT), "{text}");
    fs::create_dir(&state).expect("made");
    loop {
        match wait(&told) {
            Stored::Done(generation) => break assert_eq!(generation, 1),
            Stored::Failed(_) => {}
        }
    }
    assert_eq!(loaded(&state).record.as_deref(), Some(&b"one"[..]));
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_it() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder();
    let state = folder.path().join("state");
    private::make_folder(&state).expect("made");
    opened(&state).0.write(b"secret enough").expect("written");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&state), mode(&state.join(NAMES[1]))), (0o700, 0o600));
}
