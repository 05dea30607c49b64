/* Preloaded into the product: fsync and fdatasync fail with EIO while the file $SYNC_FAILS exists. Where that file holds
   a word, only files whose path contains it fail. Each failure adds a byte to $SYNC_COUNT. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(int fd) {
  const char *flag = getenv("SYNC_FAILS"), *count = getenv("SYNC_COUNT");
  char word[64], link[64], path[4096];
  if (flag == NULL || count == NULL) return 0;
  int file = open(flag, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t bytes = read(file, word, sizeof word - 1);
  close(file);
  if (bytes > 0) {
    word[bytes] = 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (strstr(path, word) == NULL) return 0;
  }
  file = open(count, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file >= 0) {
    if (write(file, "x", 1) != 1) abort();
    close(file);
  }
  return 1;
}

int fsync(int fd) {
  if (fails(fd)) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
  if (fails(fd)) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(SYS_fdatasync, fd);
}
