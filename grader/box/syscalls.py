"""Numbers of system calls on x86-64 and aarch64, and what becomes of each in a locked box. Data only.

An entry is name:number on x86-64:number on aarch64; "-" where an architecture lacks it. What no table names does not
exist in a box (ENOSYS): a call that is younger than this file is refused until somebody has thought about it.
"""

from __future__ import annotations

import platform

MACHINES = ("x86_64", "aarch64")
MACHINE = platform.machine()


def _table(text: str) -> dict[str, int]:
    """Return the numbers on this machine, by name."""
    if MACHINE not in MACHINES:
        return {}
    column = 1 + MACHINES.index(MACHINE)
    entries = (entry.split(":") for entry in text.split())
    return {entry[0]: int(entry[column]) for entry in entries if entry[column] != "-"}


ALLOWED = _table("""
futex:202:98 read:0:63 write:1:64 recvfrom:45:207 sendmsg:46:211 mmap:9:222 munmap:11:215
madvise:28:233 close:3:57 openat:257:56 newfstatat:262:79 readv:19:65 writev:20:66 pread64:17:67 pwrite64:18:68
preadv:295:69 pwritev:296:70 close_range:436:436 open:2:- creat:85:- stat:4:- lstat:6:- fstat:5:80 statx:332:291
access:21:- faccessat:269:48 faccessat2:439:439 readlink:89:- readlinkat:267:78 getcwd:79:17 chdir:80:49
fchdir:81:50 getdents:78:- getdents64:217:61 mkdir:83:- mkdirat:258:34 rmdir:84:- unlink:87:- unlinkat:263:35
rename:82:- renameat:264:38 renameat2:316:276 link:86:- linkat:265:37 symlink:88:- symlinkat:266:36 truncate:76:45
ftruncate:77:46 fallocate:285:47 fsync:74:82 fdatasync:75:83 sync_file_range:277:84 fadvise64:221:223
readahead:187:213 lseek:8:62 statfs:137:43 fstatfs:138:44 dup:32:23 dup2:33:- dup3:292:24 flock:73:32 umask:95:166
sendfile:40:71 copy_file_range:326:285 getxattr:191:8 lgetxattr:192:9 fgetxattr:193:10 listxattr:194:11
llistxattr:195:12 flistxattr:196:13 pipe:22:- pipe2:293:59 poll:7:- ppoll:271:73 select:23:- pselect6:270:72
epoll_create:213:- epoll_create1:291:20 epoll_ctl:233:21 epoll_wait:232:- epoll_pwait:281:22 epoll_pwait2:441:441
eventfd:284:- eventfd2:290:19 timerfd_create:283:85 timerfd_settime:286:86 timerfd_gettime:287:87 sendto:44:206
recvmsg:47:212 getsockopt:55:209 setsockopt:54:208 getsockname:51:204 getpeername:52:205 shutdown:48:210
mprotect:10:226 mremap:25:216 msync:26:227 mlock:149:228 munlock:150:229 brk:12:214 get_mempolicy:239:236
set_mempolicy:238:237 mbind:237:235 membarrier:324:283 rseq:334:293 futex_waitv:449:449 set_robust_list:273:99
set_tid_address:218:96 sched_yield:24:124 sched_get_priority_max:146:125 sched_get_priority_min:147:126
getcpu:309:168 exit:60:93
exit_group:231:94 wait4:61:260 waitid:247:95 rt_sigaction:13:134 rt_sigprocmask:14:135 rt_sigreturn:15:139
rt_sigsuspend:130:133 rt_sigpending:127:136 rt_sigtimedwait:128:137 sigaltstack:131:132 restart_syscall:219:128
pause:34:- alarm:37:- getitimer:36:102 setitimer:38:103 getpid:39:172 gettid:186:178 getppid:110:173 getuid:102:174
geteuid:107:175 getgid:104:176 getegid:108:177 getresuid:118:148 getresgid:120:150 getgroups:115:158 getpgrp:111:-
 uname:63:160 sysinfo:99:179 getrusage:98:165 getrlimit:97:163
times:100:153 capget:125:90 nanosleep:35:101 gettimeofday:96:169
time:201:- getrandom:318:278 arch_prctl:158:- setrlimit:160:164
""")
"""What Python, torch and their libraries do."""

PRETENDED = _table("""
chmod:90:- fchmod:91:52 fchmodat:268:53 fchmodat2:452:452 chown:92:- lchown:94:- fchown:93:55 fchownat:260:54
utime:132:- utimes:235:- futimesat:261:- utimensat:280:88
""")
"""Answered with success and not done: what a box writes dies with it, so mode, owner and time mean nothing."""

REFUSED = _table("""
fork:57:- vfork:58:- execve:59:221 execveat:322:281 socket:41:198 connect:42:203 bind:49:200 listen:50:201
accept:43:202 accept4:288:242 memfd_create:319:279 mknod:133:- mknodat:259:33 setsid:112:157 setpgid:109:154
setpriority:141:140 sched_setaffinity:203:122 sched_setscheduler:144:119 sched_setparam:142:118
sched_setattr:314:274 setuid:105:146 setgid:106:144 setreuid:113:145 setregid:114:143 setresuid:117:147
setresgid:119:149 setgroups:116:159 capset:126:91
""")
"""Answered with EPERM: honest libraries try them and do without."""

HOSTILE = _table("""
ptrace:101:117 process_vm_readv:310:270 process_vm_writev:311:271 process_madvise:440:440 process_mrelease:448:448
kcmp:312:272 pidfd_getfd:438:438 pidfd_send_signal:424:424 rt_sigqueueinfo:129:138 rt_tgsigqueueinfo:297:240
tkill:200:130 perf_event_open:298:241 bpf:321:280 userfaultfd:323:282 add_key:248:217 request_key:249:218
keyctl:250:219 mount:165:40 umount2:166:39 pivot_root:155:41 chroot:161:51 unshare:272:97 setns:308:268
open_tree:428:428 move_mount:429:429 fsopen:430:430 fsconfig:431:431 fsmount:432:432 fspick:433:433
mount_setattr:442:442 open_by_handle_at:304:265 fanotify_init:300:262 fanotify_mark:301:263 init_module:175:105
finit_module:313:273 delete_module:176:106 kexec_load:246:104 kexec_file_load:320:294 reboot:169:142 swapon:167:224
swapoff:168:225 acct:163:89 settimeofday:164:170 clock_settime:227:112 adjtimex:159:171 clock_adjtime:305:266
sethostname:170:161 setdomainname:171:162 iopl:172:- ioperm:173:- quotactl:179:60 syslog:103:116 vhangup:153:58
modify_ldt:154:-
""")
"""End the process: nothing that an exercise asks for leads here, and the kernel itself says so to the judge."""

JUDGED = _table("""
clock_gettime:228:113 clock_getres:229:114 clock_nanosleep:230:115 sched_getaffinity:204:123 sched_getparam:143:121
sched_getscheduler:145:120 getpgid:121:155 getsid:124:156 getpriority:140:141
clone:56:220 clone3:435:435 socketpair:53:199 prctl:157:167 prlimit64:302:261 kill:62:129 tgkill:234:131 fcntl:72:25
ioctl:16:29
""")
"""Depend on an argument: see the filter."""

OURS = _table("""
seccomp:317:277 capset:126:91 mount_setattr:442:442 open_tree:428:428 move_mount:429:429 pivot_root:155:41
landlock_create_ruleset:444:444 landlock_add_rule:445:445 landlock_restrict_self:446:446
""")
"""What raises the walls."""
