/* SPDX-License-Identifier: Apache-2.0
 *
 * SQLite's access to files with faults: what the disk refuses, and when. It becomes the default of the process. */
#ifndef TG_TESTS_UNIT_STORE_FAULTY_VFS_H
#define TG_TESTS_UNIT_STORE_FAULTY_VFS_H

enum disk_fault {
    DISK_WHOLE,
    DISK_FULL_LOG,       /* no more room: writes to the log */
    DISK_FULL_DATABASE,  /* no more room: writes to the database file */
    DISK_WRITE_LOG,      /* writes to the log fail */
    DISK_SYNC_LOG,       /* syncs of the log fail */
    DISK_WRITE_DATABASE, /* writes to the database file fail: the checkpoint */
    DISK_SYNC_DATABASE,
};

void disk_install(void);
/* From the `after`-th call of the kind on (0: the next), until another fault is set. */
void disk_fault_set(enum disk_fault fault, unsigned after);
/* How often the fault has struck since it was set. */
unsigned disk_fault_strikes(void);

#endif
