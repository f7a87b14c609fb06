//! What a locked process must not be able to do, tried one by one by the system's own calls. For the test of the lock.

/// An act by its name, and the error with which it was refused; none where it got through.
pub type Tried = (&'static str, Option<i32>);

/// Tries them all.
#[cfg(not(target_os = "linux"))]
pub fn escapes() -> Vec<Tried> {
    Vec::new()
}

/// Tries them all.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "the calls themselves are what is tried")]
pub fn escapes() -> Vec<Tried> {
    use libc::*;
    let path = c"/etc/passwd".as_ptr() as usize;
    let new = c"/tmp/cabinet-paper-escape".as_ptr() as usize;
    let (mut room, zero) = ([0u8; 4096], [0u8; 4096]);
    let (out, nothing) = (room.as_mut_ptr() as usize, zero.as_ptr() as usize);
    let me = std::process::id() as usize;
    let parent = std::os::unix::process::parent_id() as usize;
    let here = AT_FDCWD as usize;
    let run = (PROT_READ | PROT_EXEC) as usize;
    let private = (MAP_PRIVATE | MAP_ANONYMOUS) as usize;
    let acts: Vec<(&str, c_long, [usize; 6])> = vec![
        ("open a file to read", SYS_openat, [here, path, 0, 0, 0, 0]),
        ("open a file to write", SYS_openat, [here, new, (O_CREAT | O_WRONLY) as usize, 0o600, 0, 0]),
        ("open a file, the newer call", SYS_openat2, [here, path, nothing, 24, 0, 0]),
        ("open by a handle", SYS_open_by_handle_at, [0, nothing, 0, 0, 0, 0]),
        ("ask for a handle", SYS_name_to_handle_at, [here, path, out, out, 0, 0]),
        ("look at a file", SYS_statx, [here, path, 0, 0xfff, out, 0]),
        ("look whether a file is there", SYS_faccessat, [here, path, 0, 0, 0, 0]),
        ("look whether a file is there, the newer call", SYS_faccessat2, [here, path, 0, 0, 0, 0]),
        ("follow a link", SYS_readlinkat, [here, path, out, 99, 0, 0]),
        ("list a folder", SYS_getdents64, [0, out, 4096, 0, 0, 0]),
        ("make a folder", SYS_mkdirat, [here, new, 0o700, 0, 0, 0]),
        ("make a device", SYS_mknodat, [here, new, 0, 0, 0, 0]),
        ("remove a file", SYS_unlinkat, [here, new, 0, 0, 0, 0]),
        ("rename a file", SYS_renameat2, [here, new, here, new, 0, 0]),
        ("link a file", SYS_linkat, [here, path, here, new, 0, 0]),
        ("link by name", SYS_symlinkat, [path, here, new, 0, 0, 0]),
        ("change a file's mode", SYS_fchmodat, [here, new, 0, 0, 0, 0]),
        ("change a file's owner", SYS_fchownat, [here, new, 0, 0, 0, 0]),
        ("change a file's times", SYS_utimensat, [here, new, 0, 0, 0, 0]),
        ("cut a file", SYS_ftruncate, [1, 0, 0, 0, 0, 0]),
        ("go to a folder", SYS_chdir, [path, 0, 0, 0, 0, 0]),
        ("change the root", SYS_chroot, [path, 0, 0, 0, 0, 0]),
        ("turn the root", SYS_pivot_root, [path, path, 0, 0, 0, 0]),
        ("mount", SYS_mount, [path, path, 0, 0, 0, 0]),
        ("unmount", SYS_umount2, [path, 0, 0, 0, 0, 0]),
        ("read an attribute", SYS_getxattr, [path, path, out, 9, 0, 0]),
        ("watch a folder", SYS_inotify_init1, [0; 6]),
        ("make a file in memory", SYS_memfd_create, [path, 0, 0, 0, 0, 0]),
        ("open a socket", SYS_socket, [AF_INET as usize, SOCK_STREAM as usize, 0, 0, 0, 0]),
        ("open a socket of this machine", SYS_socket, [AF_UNIX as usize, SOCK_STREAM as usize, 0, 0, 0, 0]),
        ("open a pair of sockets", SYS_socketpair, [AF_UNIX as usize, SOCK_STREAM as usize, 0, out, 0, 0]),
        ("connect", SYS_connect, [0, nothing, 16, 0, 0, 0]),
        ("listen", SYS_listen, [0, 1, 0, 0, 0, 0]),
        ("accept", SYS_accept4, [0, 0, 0, 0, 0, 0]),
        ("send to a socket", SYS_sendto, [1, nothing, 1, 0, 0, 0]),
        ("send descriptors", SYS_sendmsg, [1, nothing, 0, 0, 0, 0]),
        ("receive descriptors", SYS_recvmsg, [0, out, 0, 0, 0, 0]),
        ("open a pipe", SYS_pipe2, [out, 0, 0, 0, 0, 0]),
        ("double a descriptor", SYS_dup, [0, 0, 0, 0, 0, 0]),
        ("double a descriptor onto another", SYS_dup3, [0, 77, 0, 0, 0, 0]),
        ("control a descriptor", SYS_fcntl, [0, F_DUPFD as usize, 0, 0, 0, 0]),
        ("control a device", SYS_ioctl, [0, 0x5401, out, 0, 0, 0]),
        ("splice pipes", SYS_splice, [0, 0, 1, 0, 1, 0]),
        ("send a file", SYS_sendfile, [1, 0, 0, 1, 0, 0]),
        ("read from standard input", SYS_read, [0, out, 1, 0, 0, 0]),
        ("write to standard error", SYS_write, [2, nothing, 1, 0, 0, 0]),
        ("write at a place", SYS_pwrite64, [1, nothing, 1, 0, 0, 0]),
        ("start a program", SYS_execve, [path, 0, 0, 0, 0, 0]),
        ("start a program, the newer call", SYS_execveat, [here, path, 0, 0, 0, 0]),
        ("make a process", SYS_clone, [SIGCHLD as usize, 0, 0, 0, 0, 0]),
        ("make a process, the newer call", SYS_clone3, [nothing, 64, 0, 0, 0, 0]),
        ("wait for a process", SYS_wait4, [usize::MAX, 0, 0, 0, 0, 0]),
        ("signal the parent", SYS_kill, [parent, 0, 0, 0, 0, 0]),
        ("signal a thread of the parent", SYS_tgkill, [parent, parent, 0, 0, 0, 0]),
        ("signal any thread", SYS_tkill, [parent, 0, 0, 0, 0, 0]),
        ("queue a signal", SYS_rt_sigqueueinfo, [parent, 0, nothing, 0, 0, 0]),
        ("hold a process by a descriptor", SYS_pidfd_open, [parent, 0, 0, 0, 0, 0]),
        ("trace the parent", SYS_ptrace, [PTRACE_ATTACH as usize, parent, 0, 0, 0, 0]),
        ("read the parent's memory", SYS_process_vm_readv, [parent, nothing, 0, nothing, 0, 0]),
        ("write the parent's memory", SYS_process_vm_writev, [parent, nothing, 0, nothing, 0, 0]),
        ("compare with the parent", SYS_kcmp, [me, parent, 0, 0, 0, 0]),
        ("make memory that runs", SYS_mmap, [0, 4096, run, private, usize::MAX, 0]),
        ("make its memory run", SYS_mprotect, [out & !4095, 4096, run, 0, 0, 0]),
        ("share memory", SYS_shmget, [0, 4096, 0o1600, 0, 0, 0]),
        ("change its limits", SYS_prlimit64, [0, RLIMIT_AS as usize, nothing, 0, 0, 0]),
        ("change its own rules", SYS_prctl, [PR_SET_NAME as usize, path, 0, 0, 0, 0]),
        ("filter anew", SYS_seccomp, [0, 0, 0, 0, 0, 0]),
        ("become another user", SYS_setuid, [0, 0, 0, 0, 0, 0]),
        ("take rights", SYS_capset, [nothing, nothing, 0, 0, 0, 0]),
        ("leave its namespaces", SYS_unshare, [CLONE_NEWUSER as usize, 0, 0, 0, 0, 0]),
        ("enter another namespace", SYS_setns, [0, 0, 0, 0, 0, 0]),
        ("lead a session", SYS_setsid, [0; 6]),
        ("read a key of the kernel", SYS_keyctl, [0, 0, 0, 0, 0, 0]),
        ("run a program in the kernel", SYS_bpf, [0, nothing, 48, 0, 0, 0]),
        ("measure others", SYS_perf_event_open, [nothing, 0, 0, 0, 0, 0]),
        ("set the clock", SYS_clock_settime, [0, nothing, 0, 0, 0, 0]),
        ("name the machine", SYS_sethostname, [path, 1, 0, 0, 0, 0]),
        ("stop the machine", SYS_reboot, [0, 0, 0, 0, 0, 0]),
        ("ask in a ring", SYS_io_uring_setup, [1, out, 0, 0, 0, 0]),
        ("handle page faults", SYS_userfaultfd, [0; 6]),
    ];
    let tried = acts.into_iter().map(|(name, call, [a, b, c, d, e, f])| {
        // Security: each is refused before it looks at its arguments, or the test fails; those point into this function's own memory.
        let got = unsafe { syscall(call, a, b, c, d, e, f) };
        (name, (got == -1).then(|| std::io::Error::last_os_error().raw_os_error().unwrap_or(0)))
    });
    tried.collect()
}
