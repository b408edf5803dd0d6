/* SPDX-License-Identifier: MIT */
/*
 * A failure sweep tests code without memory: it runs a block many times, and each time another
 * allocation fails. user_new() handles each failure. hasty_user_new() has two defects: on one error
 * path it leaks, on another it uses a null pointer.
 */
#include <stdlib.h>
#include <string.h>

#include <alloc_tracker/criterion.h>

struct user {
    char *name;
    char *mail;
};

static void user_free(struct user *user)
{
    if (!user)
        return;
    free(user->name);
    free(user->mail);
    free(user);
}

static struct user *user_new(const char *name, const char *mail)
{
    struct user *user = calloc(1, sizeof *user);
    if (!user)
        return NULL;
    user->name = strdup(name);
    user->mail = strdup(mail);
    if (user->name && user->mail)
        return user;
    user_free(user);
    return NULL;
}

static struct user *hasty_user_new(const char *name, const char *mail)
{
    struct user *user = calloc(1, sizeof *user);
    user->name = strdup(name); /* defect: user may be NULL */
    if (!user->name) {
        free(user);
        return NULL;
    }
    user->mail = strdup(mail);
    if (!user->mail) {
        free(user); /* defect: the name leaks */
        return NULL;
    }
    return user;
}

Test(sweep, every_failure_is_survived)
{
    cr_alloc_failure_sweep()
    {
        user_free(user_new("ada", "ada@example.org"));
    }
}

Test(sweep, two_defects_are_found)
{
    cr_alloc_failure_sweep()
    {
        user_free(hasty_user_new("ada", "ada@example.org"));
    }
}
