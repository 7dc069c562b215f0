/* folder.h - what one does with whole folders. */
#pragma once

#include <glib.h>

/* Removes a folder and all in it, following no links. One that is not there is fine. */
void rd_folder_remove(const char *path);
