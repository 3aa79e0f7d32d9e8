//! `tenant affected`: what it prints and how it ends, for files of every kind.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

/// What the command printed, and its exit status.
struct Ran {
    status: i32,
    out: String,
}

impl Ran {
    #[track_caller]
    fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.out.contains(word), "{word:?} in {}", self.out);
        }
    }

    #[track_caller]
    fn says_nothing_of(&self, word: &str) {
        assert!(!self.out.contains(word), "{word:?} in {}", self.out);
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("JSON: {}", self.out))
    }
}

fn affected(arguments: &[&Path], flags: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenant"));
    let output = command.arg("affected").args(flags).args(arguments).output().expect("it starts");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Ran { status: output.status.code().expect("a status"), out: String::from_utf8(output.stdout).expect("text") }
}

fn entry(kind: &str, client: &str, details: Value) -> Value {
    json!({
        "date": "2018-01-09T10:00:00.000Z", "type": kind, "client_id": client, "client_name": format!("The {client}"),
        "log_id": "900", "details": details,
    })
}

fn exchange(client: &str) -> Value {
    entry("sd", client, json!({ "api_type": "app", "target": "orders" }))
}

fn file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(&path, content).expect("written");
    path
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn exported_logs_name_each_application_in_every_shape() {
    let folder = folder();
    let entries = [exchange("shop"), exchange("shop"), entry("s", "shop", json!({}))];
    let lines: Vec<String> = entries.iter().map(ToString::to_string).collect();
    let wrapped = json!({ "start": 0, "limit": 50, "logs": entries, "total": 3 });
    let stream: Vec<String> = entries.iter().map(|one| json!({ "log_id": "900", "data": one }).to_string()).collect();
    let array = Value::from(entries.to_vec());
    let utf16: Vec<u8> = format!("\u{feff}{array:#}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, content) in [
        ("array.json", format!("{array:#}").into_bytes()),
        ("one-line.json", array.to_string().into_bytes()),
        ("lines.ndjson", lines.join("\n").into_bytes()),
        ("lines.log", lines.join("\r\n").into_bytes()),
        ("page.json", wrapped.to_string().into_bytes()),
        ("stream", stream.join("\n").into_bytes()),
        ("powershell.json", utf16),
    ] {
        let ran = affected(&[&file(folder.path(), name, content)], &[]);
        assert_eq!(ran.status, 1, "{name}: {}", ran.out);
        ran.says(&[
            "Affected: 1 application in the logs.",
            "3 entries, on 2018-01-09",
            "The shop (shop): affected",
            "an ID or refresh token for an ID token: 2 succeeded, 0 refused",
            "for orders",
            "a single-page app: Silent authentication. Send an authorization request with prompt=none",
        ]);
        ran.says_nothing_of("Not read");
    }
}

#[test]
fn logs_without_delegation_and_third_party_tokens_are_not_affected() {
    let folder = folder();
    let other = entry("s", "shop", json!({})).to_string();
    let ran = affected(&[&file(folder.path(), "logs.json", other)], &[]);
    assert_eq!(ran.status, 0, "{}", ran.out);
    ran.says(&["Not affected by what was read.", "No application uses delegation."]);
    let third_party = entry("sd", "push", json!({ "api_type": "firebase" })).to_string();
    let ran = affected(&[&file(folder.path(), "logs.json", third_party)], &[]);
    assert_eq!(ran.status, 0, "{}", ran.out);
    ran.says(&[
        "The push (push): not affected yet",
        "third party's token (firebase)",
        "Third-party tokens stay for now",
    ]);
}

#[test]
fn a_folder_of_programs_is_searched_and_says_what_it_left_out() {
    let folder = folder();
    let at = folder.path();
    let call = "import auth0 from './auth0';\nauth0.renewIdToken(token, done);\n";
    file(at, "src/session.js", call);
    file(at, "src/old.js", "// auth0.getDelegationToken() was here\n");
    file(at, "node_modules/sdk/index.js", call);
    file(at, "target/debug/copy.js", call);
    file(at, ".git/copy.js", call);
    file(at, "logo.png", b"\x89PNG\r\n\x1a\n\0\0\0");
    file(at, "logs/today.ndjson", exchange("shop").to_string());
    let ran = affected(&[at], &[]);
    assert_eq!(ran.status, 1);
    ran.says(&[
        "Affected: 1 application in the logs and 1 place in programs.",
        "Read: 1 file of log entries, 2 other files.",
        "src/session.js:2:7: an ID token for another ID token (certain)",
        "    auth0.renewIdToken(token, done);",
        "In its place: Silent authentication.",
        "These only look like it:",
        "src/old.js:1:10: it stands in a comment.",
        "Skipped: 1 × the folder .git, 1 × the folder node_modules, 1 × the folder target, 1 binary file.",
    ]);
    ran.says_nothing_of("sdk");
    // The folder that is named is read whatever its name.
    let ran = affected(&[&at.join("node_modules")], &[]);
    assert_eq!(ran.status, 1, "{}", ran.out);
}

#[test]
fn json_says_the_same() {
    let folder = folder();
    file(folder.path(), "a.rb", "require 'auth0'\nclient.delegation(id_token, 'orders', 'openid', 'app')\n");
    file(folder.path(), "logs.json", format!("[{}, 5]", exchange("shop")));
    let ran = affected(&[folder.path()], &["--json"]);
    assert_eq!(ran.status, 1);
    let answer = ran.json();
    assert_eq!((&answer["affected"], &answer["complete"]), (&json!(true), &json!(true)));
    assert_eq!(answer["logs"]["entries"], 1);
    let used = &answer["logs"]["applications"][0]["uses"][0];
    assert_eq!((&used["kind"], &used["targets"]), (&json!("id_or_refresh_token"), &json!(["orders"])));
    let finding = &answer["code"]["findings"][0];
    assert_eq!((&finding["line"], &finding["column"], &finding["sign"]), (&json!(2), &json!(8), &json!("sdk_call")));
    assert_eq!((&finding["affected"], &finding["exchange"]), (&json!(true), &json!("id_token")));
    assert_eq!(finding["replacement"]["title"], "A refresh token by authorization code");
    assert!(answer["problems"][0]["place"].as_str().expect("text").contains("logs.json:1:"), "{answer}");
}

#[test]
fn what_is_no_entry_is_named_with_its_place_and_the_rest_goes_on() {
    let folder = folder();
    let lines = [
        "\u{feff}# exported on Tuesday".to_owned(),
        exchange("shop").to_string(),
        "{\"type\": \"sd\", \"date\": ".to_owned(),
        json!({ "hello": "world" }).to_string(),
        "{\"type\": sd}".to_owned(),
        exchange("desk").to_string(),
    ];
    let path = file(folder.path(), "logs.ndjson", lines.join("\n"));
    let ran = affected(&[&path], &[]);
    assert_eq!(ran.status, 1);
    ran.says(&[
        "Affected: 2 applications",
        "2 entries",
        "logs.ndjson:1:1 is no JSON object: # exported on Tuesday",
        "logs.ndjson:3:1 is an object that is not closed",
        "logs.ndjson:4:1 is no log entry: an entry has a `type`, and a `date` or a `log_id`",
        "logs.ndjson:5:1 is no JSON: expected value",
    ]);
    let many = format!("{}\n{}", exchange("shop"), "nonsense\n".repeat(100));
    let ran = affected(&[&file(folder.path(), "many.log", many)], &[]);
    ran.says(&["many.log:6:1 is no JSON object: nonsense", "many.log 95 more are no log entries either"]);
    ran.says_nothing_of("many.log:7:1");
}

/// A file that was named and tells nothing is no reason to feel safe.
#[test]
fn what_is_neither_logs_nor_a_program_gives_no_answer() {
    let folder = folder();
    for (name, content, words) in [
        ("users.json", b"[{\"email\": \"ada@example.com\"}]".as_slice(), "holds no log entry"),
        ("numbers.json", b"[1, 2, 3]", "holds no log entry"),
        ("empty.json", b"", "holds no log entry"),
        ("notes.txt", b"Nothing about it.", "holds no log entry"),
        ("logs.csv", b"date,type\n2018-01-01,sd\n", "holds no log entry"),
        ("logs.json.gz", b"\x1f\x8b\x08\0\0", "is compressed; unpack it first"),
        ("photo.jpg", b"\xff\xd8\xff\0\0", "is a binary file"),
    ] {
        let ran = affected(&[&file(folder.path(), name, content)], &[]);
        assert_eq!(ran.status, 2, "{name}: {}", ran.out);
        ran.says(&["No answer: nothing could be read.", name, words]);
    }
    let ran = affected(&[Path::new("/nowhere/logs.json")], &[]);
    assert_eq!(ran.status, 2);
    ran.says(&["/nowhere/logs.json cannot be read: No such file or directory"]);
    // What is affected is affected, whatever else could not be read.
    let logs = file(folder.path(), "logs.json", exchange("shop").to_string());
    assert_eq!(affected(&[Path::new("/nowhere"), &logs], &[]).status, 1);
    let fine = file(folder.path(), "fine.js", "let a = 1;");
    assert_eq!(affected(&[&fine], &[]).status, 0);
    let ran = affected(&[Path::new("/nowhere"), &fine], &[]);
    assert_eq!(ran.status, 2);
    ran.says(&["No answer: what was read is not affected, but something could not be read."]);
    assert_eq!(affected(&[folder.path().join("empty").as_path()], &[]).status, 2);
}

#[test]
fn an_export_of_a_tenant_is_an_answer_either_way() {
    let folder = folder();
    let grant = "http://auth0.com/oauth/legacy/grant-type/delegation/id_token";
    for (grants, status) in [(format!("[implicit, '{grant}']"), 1), ("[authorization_code]".to_owned(), 0)] {
        let yaml = format!("clients:\n  - name: Desk\n    grant_types: {grants}\n");
        let ran = affected(&[&file(folder.path(), "tenant.yaml", yaml)], &[]);
        assert_eq!(ran.status, status, "{}", ran.out);
        let words = "a client may exchange an ID token for another ID token (likely)";
        assert_eq!(ran.out.contains(words), status == 1, "{}", ran.out);
    }
    let json = json!([{ "name": "Desk", "grant_types": ["authorization_code"] }]).to_string();
    assert_eq!(affected(&[&file(folder.path(), "clients.json", json)], &[]).status, 0);
}

#[test]
fn bytes_that_are_no_text_are_told_and_the_rest_is_read() {
    let folder = folder();
    let mut bytes = exchange("shop").to_string().into_bytes();
    bytes.extend(b"\n\xff\xfe\xfd\n");
    bytes.extend(exchange("desk").to_string().into_bytes());
    let ran = affected(&[&file(folder.path(), "logs.log", bytes)], &[]);
    assert_eq!(ran.status, 1);
    ran.says(&["Affected: 2 applications", "logs.log holds bytes that are no UTF-8"]);
    let program = b"# \xe9t\xe9\nrequire 'auth0'\nclient.delegation id_token, 'orders'\n";
    let ran = affected(&[&file(folder.path(), "latin1.rb", program)], &[]);
    assert_eq!(ran.status, 1);
    ran.says(&["latin1.rb:3:8", "latin1.rb holds bytes that are no UTF-8"]);
}

#[test]
fn what_files_hold_is_shown_and_never_obeyed_by_the_terminal() {
    let folder = folder();
    let mut odd = exchange("shop");
    odd["client_name"] = json!("\u{1b}[2Jgone\r\n\u{9b}31m");
    file(folder.path(), "logs.json", odd.to_string());
    file(folder.path(), "\u{1b}[31mred.js", "auth0.renewIdToken(token, \"\u{1b}[2J\");\n");
    let ran = affected(&[folder.path()], &[]);
    assert_eq!(ran.status, 1);
    assert!(!ran.out.contains(['\u{1b}', '\u{9b}', '\r']), "{:?}", ran.out);
    ran.says(&["gone", "red.js:1:7"]);
}

#[cfg(unix)]
#[test]
fn links_are_counted_and_loops_are_not_entered() {
    use std::os::unix::fs::symlink;
    let folder = folder();
    let at = folder.path();
    file(at, "a.js", "let a = 1;");
    symlink(at, at.join("again")).expect("linked");
    symlink(at.join("two"), at.join("one")).expect("linked");
    symlink(at.join("one"), at.join("two")).expect("linked");
    let ran = affected(&[at], &[]);
    assert_eq!(ran.status, 0, "{}", ran.out);
    ran.says(&["Skipped: 3 symbolic links."]);
    let ran = affected(&[&at.join("one")], &[]);
    assert_eq!(ran.status, 2);
    ran.says(&["one cannot be read: Too many levels of symbolic links"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_read_is_named_and_the_rest_goes_on() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let (programs, folder) = (folder(), folder());
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    file(folder.path(), "a.js", "auth0.renewIdToken(token, done);");
    file(folder.path(), "locked/b.js", "let b = 1;");
    let locked = folder.path().join("locked");
    set(&locked, 0o000);
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenant"));
    if fs::read_dir(&locked).is_ok() {
        // The superuser may read everything, so nobody in particular runs a copy where everybody may.
        const NOBODY: u32 = 65534;
        let program = programs.path().join("tenant");
        // Copied by another process: a file that this one has open for writing, or a child of another test with it, cannot be run.
        let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_tenant")).arg(&program).status().expect("cp starts");
        assert!(copied.success());
        set(programs.path(), 0o755);
        set(folder.path(), 0o755);
        command = Command::new(program);
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.arg("affected").arg(folder.path()).output().expect("it starts");
    set(&locked, 0o700);
    let out = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert!(out.contains("locked cannot be read: Permission denied") && out.contains("a.js:1:7"), "{out}");
}

#[test]
fn wrong_usage_ends_with_status_2() {
    for arguments in [vec!["affected"], vec!["affected", "--nonsense", "x"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_tenant")).args(&arguments).output().expect("it starts");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
}

/// One line of 100 MB, as log entries and as a program, through a pipe: memory stays where it is for a small file.
#[cfg(target_os = "linux")]
#[test]
fn one_line_of_100_mb_is_read_in_bounded_memory() {
    const MOST_KIB: u64 = 64 * 1024;
    let mut padded = exchange("shop");
    padded["user_agent"] = json!("x".repeat(4000));
    for (name, start, part, end, words) in [
        ("array.json", "[".to_owned(), format!("{padded},"), "{}]", "The shop (shop): affected"),
        (
            "text.json",
            format!("{padded}\n{{\"type\":\"sd\",\"x\":\""),
            "x".repeat(4000),
            "\"}",
            "is larger than 1 MiB, and no log entry is",
        ),
        (
            "bundle.js",
            "var a=`".to_owned(),
            "it's a long text of a bundle, ".repeat(100),
            "`;auth0.renewIdToken(a,done)",
            "an ID token for another ID token",
        ),
    ] {
        let (peak, out) = read_through_a_pipe(name, &start, &part, end);
        println!("{name}: {peak} KiB at most");
        assert!(out.contains(words), "{out}");
        assert!((1..MOST_KIB).contains(&peak), "{peak} KiB");
    }
}

/// Feeds the command 100 MB. While it waits for the end it has read all but that, and the kernel tells the most memory
/// that it ever used, in KiB.
#[cfg(target_os = "linux")]
fn read_through_a_pipe(name: &str, start: &str, part: &str, end: &str) -> (u64, String) {
    use std::io::Write;
    use std::process::Stdio;
    let folder = folder();
    let path = folder.path().join(name);
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo runs").success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenant"));
    let child = command.arg("affected").arg(&path).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut pipe = fs::File::create(&path).expect("opened");
    pipe.write_all(start.as_bytes()).expect("read");
    for _ in 0..100 * 1024 * 1024 / part.len() {
        pipe.write_all(part.as_bytes()).expect("read");
    }
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a high-water mark");
    let peak = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    pipe.write_all(end.as_bytes()).expect("read");
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    (peak, String::from_utf8(output.stdout).expect("text"))
}
