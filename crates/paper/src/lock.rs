//! The lock: after it, the process can compute and talk over the two pipes that it has, and nothing else.

/// Limit: memory of a worker; beyond it an allocation fails and costs the page.
#[cfg(target_os = "linux")]
const MEMORY_BYTES_MAX: u64 = 3 * 1024 * 1024 * 1024;

/// Locks this process for good. Everything that it will ever open must be open by now.
#[cfg(target_os = "linux")]
pub fn lock() -> Result<(), String> {
    limit(libc::RLIMIT_AS, MEMORY_BYTES_MAX)?;
    limit(libc::RLIMIT_CORE, 0)?;
    limit(libc::RLIMIT_FSIZE, 0)?;
    filter().map_err(|e| e.to_string())
}

/// Other systems have their own means; until they are built in, docs/SECURITY.md says that the worker is only a separate process.
#[cfg(not(target_os = "linux"))]
pub fn lock() -> Result<(), String> {
    Ok(())
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "setrlimit has no safe form")]
fn limit(what: libc::__rlimit_resource_t, to: u64) -> Result<(), String> {
    let limit = libc::rlimit { rlim_cur: to, rlim_max: to };
    // Security: the struct lives for the length of the call.
    match unsafe { libc::setrlimit(what, &limit) } {
        0 => Ok(()),
        _ => Err("setrlimit".into()),
    }
}

/// Security: a list of what is allowed. Opening files, sockets, new programs and looking at other processes are not on it, and
/// answer EPERM, which PDFium takes for "no such font".
#[cfg(target_os = "linux")]
fn filter() -> Result<(), seccompiler::Error> {
    use seccompiler::{SeccompAction, SeccompFilter, TargetArch};
    let allowed = [
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_readv,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_lseek,
        libc::SYS_mmap,
        libc::SYS_mprotect,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_futex,
        libc::SYS_sched_yield,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_gettimeofday,
        libc::SYS_getrandom,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_tgkill,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    let rules = allowed.into_iter().map(|call| (call, vec![])).collect();
    let arch = if cfg!(target_arch = "aarch64") { TargetArch::aarch64 } else { TargetArch::x86_64 };
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules, refused, SeccompAction::Allow, arch)?;
    let program: seccompiler::BpfProgram = filter.try_into()?;
    seccompiler::apply_filter(&program)
}

/// Tries what a locked process must not be able to do, and says what got through. For the test of the lock.
pub fn escapes() -> Vec<&'static str> {
    let mut through = Vec::new();
    if std::fs::File::open("/etc/passwd").is_ok() {
        through.push("read a file");
    }
    if std::fs::write("/tmp/cabinet-paper-escape", b"x").is_ok() {
        through.push("write a file");
    }
    if std::net::TcpListener::bind("127.0.0.1:0").is_ok() {
        through.push("open a socket");
    }
    if std::process::Command::new("/bin/true").status().is_ok() {
        through.push("start a program");
    }
    through
}
