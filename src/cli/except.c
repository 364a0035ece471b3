/* SPDX-License-Identifier: ISC */
/* except.c -- see ask.h: the file of --except. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/ask.h"

#define EXCEPT_LINE_MAX	256	/* bytes of a line of the file; an id has at most 64 */
#define EXCEPT_MAX	48000	/* bytes of all ids: a request is one line of 64 KiB */

int
except_read(const char *path, json_t *opts, struct err *err)
{
	FILE *file = fopen(path, "r");
	json_t *list = json_array();
	char line[EXCEPT_LINE_MAX], *id;
	size_t bytes = 0;
	int rc = 0;

	if (file == NULL) {
		json_decref(list);
		return err_set(err, "--except: %.200s: %s", path, strerror(errno));
	}
	while (rc == 0 && fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "#\n")] = '\0';
		id = text_trim(line);
		if (id[0] == '\0')
			continue;
		bytes += strlen(id) + 3;
		if (!text_is_id(id, 64))
			rc = err_set(err, "--except: a line of the file is no badge's id");
		else if (bytes > EXCEPT_MAX)
			rc = err_set(err, "--except: more badges than one request takes; use "
			    "--only, or several steps");
		else if (json_array_append_new(list, json_string(id)) != 0)
			rc = err_set_passing(err, "out of memory");
	}
	(void)fclose(file);
	if (json_object_set_new(opts, "except", list) != 0 && rc == 0)
		rc = err_set_passing(err, "out of memory");
	return rc;
}
