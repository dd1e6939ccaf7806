/* Looks at a workbook that was written: are all rows in it? */
#ifndef WDT_SHEETS_H
#define WDT_SHEETS_H

/* True if each of the n sheets of the file holds exactly so many bytes of rows. False also where
 * the file can't be read. */
int wdt_sheets_are_whole(const char *path, const long *rows, int n);

#endif
