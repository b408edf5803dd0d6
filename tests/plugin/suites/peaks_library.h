/* SPDX-License-Identifier: MIT */
/* A shared library whose function allocates. */
#ifndef PEAKS_LIBRARY_H
#define PEAKS_LIBRARY_H

#ifdef __cplusplus
extern "C"
#endif
    void
    peaks_library_work(void);

#endif
