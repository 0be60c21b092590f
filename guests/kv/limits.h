// The sizes that more than one file of the service must agree on.
#ifndef LIMITS_H
#define LIMITS_H

#define KEY_MAX 64u
#define VALUE_MAX 4096u

// Values up to this size are kept in memory, longer ones on disk only.
#define SHORT_VALUE_MAX 128u

#define SESSIONS 64u

#endif
