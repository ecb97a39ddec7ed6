package clickhouse

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// As a server on its own, ClickHouse logs an error that nobody has caught in a
// connection's thread and goes on. The library installs the handler of its
// command-line tools instead, class KillingErrorHandler, which ends the process:
// one client with a wrong password, one that leaves in the middle of a result, or
// a browser that tries https took the whole server with it (26.7.2, tried). There
// is no setting for it. So before the library starts, the three methods of that
// class are replaced by those of its base class Poco::ErrorHandler, which do
// nothing: connections log their errors before.
//
// The places are those of one build, which is pinned by checksum; what stands
// there is checked before anything is written.
type handlerPatch struct {
	entry  uintptr    // address of chdb_query_cmdline in the file, to tell where the library was loaded
	info   uintptr    // type information of KillingErrorHandler
	vtable uintptr    // its table of virtual methods, at the entry that points to info
	base   [3]uintptr // what Poco::ErrorHandler has for exception(…), in the table's order
}

const killingErrorHandler = "19KillingErrorHandler\x00"

// apply replaces the methods. entry is where chdb_query_cmdline was loaded.
func (p handlerPatch) apply(entry uintptr) error {
	at := func(addr uintptr) *uintptr { return (*uintptr)(pointer(entry - p.entry + addr)) }
	// Type information is a pointer to its own class, then one to the class's name.
	if *at(p.vtable) != entry-p.entry+p.info {
		return fmt.Errorf("preparing the ClickHouse library: its error handler is not where it should be")
	}
	name := unsafe.Slice((*byte)(pointer(*at(p.info + 8))), len(killingErrorHandler))
	if string(name) != killingErrorHandler {
		return fmt.Errorf("preparing the ClickHouse library: its error handler is called %q", name)
	}
	// The table is read-only once the library is loaded. It may cross a page's end.
	first := entry - p.entry + p.vtable
	page := uintptr(unix.Getpagesize())
	table := unsafe.Slice((*byte)(pointer(first&^(page-1))), 2*page)
	if err := unix.Mprotect(table, unix.PROT_READ|unix.PROT_WRITE); err != nil {
		return fmt.Errorf("preparing the ClickHouse library: %w", err)
	}
	for i, method := range p.base {
		*at(p.vtable + 24 + 8*uintptr(i)) = entry - p.entry + method // after info and two destructors
	}
	if err := unix.Mprotect(table, unix.PROT_READ); err != nil {
		return fmt.Errorf("preparing the ClickHouse library: %w", err)
	}
	return nil
}

// pointer makes a pointer of an address in the library, which Go's collector does
// not own and cannot move.
func pointer(addr uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&addr)) }
