//! The lock: after it, the process can compute and talk over the two pipes that it has, and nothing else.

#[cfg(target_os = "linux")]
use std::os::fd::{AsRawFd, RawFd};

use std::fs::File;

/// Descriptors that the parent could have handed down: all that a process has by itself are fewer.
#[cfg(target_os = "linux")]
const DESCRIPTORS_MAX: RawFd = 1_024;

/// Limit: memory of a worker; beyond it an allocation fails and costs the page.
#[cfg(target_os = "linux")]
const MEMORY_BYTES_MAX: u64 = 3 * 1024 * 1024 * 1024;

/// Locks this process for good. Everything that it will ever open must be open by now; of that, the two pipes stay.
#[cfg(target_os = "linux")]
pub fn lock(pipes: &(File, File)) -> Result<(), String> {
    let (from, to) = (pipes.0.as_raw_fd(), pipes.1.as_raw_fd());
    close_all_but(from, to);
    limit(libc::RLIMIT_AS, MEMORY_BYTES_MAX)?;
    limit(libc::RLIMIT_CORE, 0)?;
    limit(libc::RLIMIT_FSIZE, 0)?;
    filter(from, to).map_err(|e| e.to_string())
}

/// Whatever else was handed down or is open still.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "close has no safe form")]
fn close_all_but(from: RawFd, to: RawFd) {
    // Security: nothing of this process uses them again; the standard streams stay open, so that no pipe takes their numbers.
    (3..DESCRIPTORS_MAX).filter(|fd| *fd != from && *fd != to).for_each(|fd| {
        let _ = unsafe { libc::close(fd) };
    });
}

/// Other systems have their own means; until they are built in, docs/SECURITY.md says that the worker is only a separate process.
#[cfg(not(target_os = "linux"))]
pub fn lock(_: &(File, File)) -> Result<(), String> {
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
/// answer EPERM, which PDFium takes for "no such font". It reads from one pipe and writes to the other, ends only itself, and what it can
/// write it can't run. For all threads that there are.
#[cfg(target_os = "linux")]
fn filter(from: RawFd, to: RawFd) -> Result<(), seccompiler::Error> {
    use seccompiler::SeccompCmpArgLen::{Dword, Qword};
    use seccompiler::SeccompCmpOp::{Eq, MaskedEq};
    use seccompiler::{SeccompAction, SeccompCondition, SeccompFilter, SeccompRule, TargetArch};
    let free = [
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_lseek,
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
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    let is = |argument, value: u64| SeccompCondition::new(argument, Qword, Eq, value);
    let of_pipe = |pipe: RawFd| SeccompCondition::new(0, Dword, Eq, pipe as u64);
    let not_to_run = || SeccompCondition::new(2, Dword, MaskedEq(libc::PROT_EXEC as u64), 0);
    let bound = [
        (libc::SYS_read, of_pipe(from)?),
        (libc::SYS_readv, of_pipe(from)?),
        (libc::SYS_write, of_pipe(to)?),
        (libc::SYS_writev, of_pipe(to)?),
        (libc::SYS_mmap, not_to_run()?),
        (libc::SYS_mprotect, not_to_run()?),
        (libc::SYS_tgkill, is(0, std::process::id().into())?),
    ];
    let mut rules: std::collections::BTreeMap<_, _> = free.into_iter().map(|call| (call, Vec::new())).collect();
    for (call, condition) in bound {
        rules.insert(call, vec![SeccompRule::new(vec![condition])?]);
    }
    let arch = if cfg!(target_arch = "aarch64") { TargetArch::aarch64 } else { TargetArch::x86_64 };
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules, refused, SeccompAction::Allow, arch)?;
    let program: seccompiler::BpfProgram = filter.try_into()?;
    seccompiler::apply_filter_all_threads(&program)
}
