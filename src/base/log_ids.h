/* SPDX-License-Identifier: ISC */
/*
 * log_ids.h -- the events an operator acts on, each with its MESSAGE_ID for the
 * journal.  systemd/certsyncd.catalog says what each means and what to do
 * (journalctl -x); a test compares the two.  An id never changes its meaning.
 */
#ifndef BASE_LOG_IDS_H
#define BASE_LOG_IDS_H

#define LOG_IDS(X) \
	X(STARTED,		"45463dd3d43347ecb7e71befb1401283") \
	X(READY,		"56f8cb07c1574c15abf442f05816c0d8") \
	X(STOPPING,		"4b86c1ee2b094332abede47c02a28211") \
	X(RELOADED,		"0efc467b75bb426cab7bc0c39d4f2943") \
	X(CONFIG_REFUSED,	"89860b796d5e49b5bc1191695f317504") \
	X(STORE_OPEN,		"d77912c25b524f45bfc102218fbb88ec") \
	X(STORE_LOST,		"744470aa6e554c40882469014054a378") \
	X(STORE_ENDED,		"cf76b20925f8430fb5df74e5513fef8a") \
	X(STORE_ERROR,		"69102754627f49e7acbc8f4f3dd3de2d") \
	X(REDIS_UNSAFE,		"68e9c17552054a46b43ef777169ec94c") \
	X(POLL_FAILED,		"bfbab3b255bb4b07919738be3b53c4c5") \
	X(FEED_REFUSED,		"da1aef236a364a5a8ae5fdba74b08b87") \
	X(CONNECTOR_STOPPED,	"048fa02f3b244ced80182969794184d0") \
	X(CHANGES_HELD,		"55e9afd474b54df6b345724ea0a731cb") \
	X(SOURCE_STALE,		"bd66cae509414be3a5eb6474ed532c6e") \
	X(PROOF_MISSING,	"bbbff433d2e04de18a24dacc2ba5b66a") \
	X(CREDENTIAL_EXPIRES,	"58e60059ef254939ba00b68e7d834343") \
	X(CLAIMS_WAITING,	"3f5e3339c97e4978b62fbd454afa16ef") \
	X(CLAIM_REJECTED,	"1f8c451b7573437baeb0c1288c7db5a5") \
	X(EVENTS_FULL,		"b7ab78cf1d814222b1d92b58146406f6") \
	X(PLUGIN_UNUSABLE,	"8bc05ef7159146c28ede2e4577648db8") \
	X(CLOCK_MOVED,		"a8b247fd60eb4d919021f9cf64c82af7") \
	X(SCHEDULER_STUCK,	"dfaa47c0e5e74f6886c20e92e8091a01")

#define LOG_ID_ENUM(name, id)	LOG_ID_##name,
enum log_id { LOG_ID_NONE = 0, LOG_IDS(LOG_ID_ENUM) LOG_ID_COUNT };
#undef LOG_ID_ENUM

/* 32 hexadecimal digits; NULL for LOG_ID_NONE. */
const char *log_id_text(enum log_id);

#endif /* BASE_LOG_IDS_H */
