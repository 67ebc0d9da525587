/* Populations of the events whose every gate can be decided by comparisons alone.
 *
 * The kernel computes scale values with the same additions and multiplications, in the same order, as readout.py and
 * scale.py do (build it without contraction to fused multiply-add), or looks them up where a channel is logarithmic.
 * It transforms nothing: a bound is a pair of scale
 * values that enclose it, a polygon or an ellipse a table of cells that lie inside (1), outside (0) or on its border
 * (2). An event that falls between such a pair, on a border cell, or that has a value that is not finite is reported
 * as doubtful and counted nowhere; the caller decides it with the exact code. Only where neither axis of a polygon is
 * transformed does the kernel decide its border cells too, by the formula of polygon.py.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if FLT_EVAL_METHOD < 0 || FLT_EVAL_METHOD == 1 || FLT_EVAL_METHOD == 2
#error "doubles must be rounded after every operation, as numpy rounds them"
#endif

#define FORMAT 1 /* of a plan: raise it here and in certain.py whenever its parts change */
#define BLOCK 1024
#define LANES 8
#define GATE_FIELDS 19
#define DOUBTFUL 2

enum { CURVE, AND, OR, NOT };
enum { KIND, PARENT, AXIS, AXES, OPERAND, OPERANDS, CELLS, WIDTH, HEIGHT, X_LOG, X_SHIFT, X_KEY, X_FIRST, Y_LOG, Y_SHIFT, Y_KEY, Y_FIRST, CORNER, CORNERS };
enum { COLUMNS, LOOKUPS_OF, TERMS_OF, TERMS, GATES, AXES_OF, OPERANDS_OF, SCALES, WEIGHTS, BOUNDS, GRIDS, CORNERS_OF, LOOKUPS, TABLE, PARTS };

typedef struct {
    Py_buffer part[PARTS];
    const int64_t *columns, *lookups_of, *terms_of, *terms, *gates, *axes, *operands;
    const double *scales, *weights, *bounds, *grids, *corners, *lookups;
    const uint8_t *table;
    Py_ssize_t n_columns, n_readouts, n_gates;
} Plan;

typedef struct {
    const Plan *plan;
    const char *values;
    Py_ssize_t row_stride, column_stride;
    int code, swapped, size;
    double *column, *readout, *picked[2];
    uint8_t *known, *doubtful, *flags;
    int32_t *list, *length, *everything, *place[2];
} Work;

static uint64_t turned(uint64_t bits, int bytes)
{
    uint64_t out = 0;
    for (int i = 0; i < bytes; i++) out = out << 8 | (bits >> 8 * i & 0xff);
    return out;
}

/* Raw values of one column as doubles; the conversion of C is that of numpy. */
#define LOAD(TYPE, BITS, SWAP)                                            \
    for (int i = 0; i < n; i++) {                                         \
        BITS bits;                                                        \
        TYPE value;                                                       \
        memcpy(&bits, raw + (Py_ssize_t)i * work->row_stride, sizeof bits); \
        if (work->swapped) bits = SWAP;                                   \
        memcpy(&value, &bits, sizeof value);                              \
        out[i] = (double)value;                                           \
    }                                                                     \
    break

static void load_column(const Work *work, Py_ssize_t start, Py_ssize_t column, double *out)
{
    const char *raw = work->values + start * work->row_stride + column * work->column_stride;
    const int n = work->size;
    switch (work->code) {
    case 'f': LOAD(float, uint32_t, (uint32_t)turned(bits, 4));
    case 'd': LOAD(double, uint64_t, turned(bits, 8));
    case 'B': LOAD(uint8_t, uint8_t, bits);
    case 'H': LOAD(uint16_t, uint16_t, (uint16_t)turned(bits, 2));
    case 'I': LOAD(uint32_t, uint32_t, (uint32_t)turned(bits, 4));
    default: LOAD(uint64_t, uint64_t, turned(bits, 8));
    }
}

static void load_block(Work *work, Py_ssize_t start)
{
    const Plan *plan = work->plan;
    const int n = work->size;
    double *zero = work->picked[0]; /* stays 0 where all values are finite, becomes NaN where one is not */
    memset(zero, 0, (size_t)n * sizeof *zero);
    for (Py_ssize_t c = 0; c < plan->n_columns; c++) {
        double *out = work->column + c * BLOCK;
        const double step = plan->scales[2 * c], gain = plan->scales[2 * c + 1];
        load_column(work, start, plan->columns[c], out);
        const double *lookup = plan->lookups + plan->lookups_of[c];
        if (plan->lookups_of[c] >= 0)
            for (int i = 0; i < n; i++) out[i] = lookup[(int32_t)out[i]];
        if (step != 1.0)
            for (int i = 0; i < n; i++) out[i] *= step;
        if (gain != 1.0)
            for (int i = 0; i < n; i++) out[i] /= gain;
        for (int i = 0; i < n; i++) zero[i] += out[i] - out[i];
    }
    for (int i = 0; i < n; i++) work->doubtful[i] = !(zero[i] == 0.0);
}

/* The scale values of one readout for a whole block: each event's sum is built in the order of the terms. */
static void mix_block(const Work *work, int64_t first, int64_t last, double *restrict out)
{
    const int64_t *terms = work->plan->terms;
    const double *weights = work->plan->weights;
    for (int at = 0; at < work->size; at += LANES) {
        const double *column = work->column + terms[first] * BLOCK + at;
        double sum[LANES];
        for (int i = 0; i < LANES; i++) sum[i] = column[i] * weights[first];
        for (int64_t t = first + 1; t < last; t++) {
            column = work->column + terms[t] * BLOCK + at;
            for (int i = 0; i < LANES; i++) sum[i] += column[i] * weights[t];
        }
        for (int i = 0; i < LANES; i++) out[at + i] = sum[i];
    }
}

/* The same for the listed events only, where the block's are not known and few events ask. */
static const double *read_events(Work *work, int64_t readout, const int32_t *restrict list, int length, int place)
{
    const Plan *plan = work->plan;
    const int64_t first = plan->terms_of[readout], last = plan->terms_of[readout + 1];
    double *restrict out = work->picked[place];
    if (!work->known[readout] && 3 * length < work->size) {
        for (int64_t t = first; t < last; t++) {
            const double *column = work->column + plan->terms[t] * BLOCK, weight = plan->weights[t];
            if (t == first)
                for (int k = 0; k < length; k++) out[k] = column[list[k]] * weight;
            else
                for (int k = 0; k < length; k++) out[k] += column[list[k]] * weight;
        }
        return out;
    }
    const double *all = work->readout + readout * BLOCK;
    if (!work->known[readout]) mix_block(work, first, last, work->readout + readout * BLOCK);
    work->known[readout] = 1;
    for (int k = 0; k < length; k++) out[k] = all[list[k]];
    return out;
}

/* Where values lie among the cells of an axis: equal steps, or equal steps in each octave of |value| + offset. */
static void cells_of(const double *restrict x, int length, const int64_t *axis, const double *grid, int32_t cells, int32_t *restrict out)
{
    const double offset = grid[0], per_unit = grid[1], last = cells - 1;
    if (!axis[0]) {
        for (int k = 0; k < length; k++) {
            double place = (x[k] - offset) * per_unit;
            place = place > 0.0 ? place : 0.0;
            out[k] = (int32_t)(place < last ? place : last);
        }
        return;
    }
    const int64_t shift = axis[1], key = axis[2], first = axis[3];
    for (int k = 0; k < length; k++) {
        const double size = fabs(x[k]) + offset;
        int64_t cell;
        memcpy(&cell, &size, sizeof cell);
        cell = (cell >> shift) - key;
        cell = (x[k] < 0.0 ? -1 - cell : cell) - first;
        cell = cell > 0 ? cell : 0;
        out[k] = (int32_t)(cell < cells ? cell : cells - 1);
    }
}

/* Keep the events within an axis's bounds; where either bound leaves it open, the event is doubtful. */
static int within(Work *work, Py_ssize_t axis, int32_t *list, int length)
{
    const double *bound = work->plan->bounds + 4 * axis;
    const double low = bound[0], sure_low = bound[1], sure_high = bound[2], high = bound[3];
    const double *restrict x = read_events(work, work->plan->axes[axis], list, length, 0);
    uint8_t *restrict doubtful = work->doubtful;
    int kept = 0;
    for (int k = 0; k < length; k++) {
        const int32_t event = list[k];
        const int outside = (x[k] < low) | (x[k] >= high);
        const int sure = (x[k] >= sure_low) & (x[k] < sure_high);
        doubtful[event] |= (uint8_t)((outside | sure) == 0);
        list[kept] = event;
        kept += sure;
    }
    return kept;
}

/* The even-odd rule of polygon.py, in its order of operations. */
static int inside_polygon(const double *corner, int64_t corners, double x, double y)
{
    double left = corner[0], right = corner[0], bottom = corner[1], top = corner[1];
    int odd = 0;
    for (int64_t i = 0; i < corners; i++) {
        const double *a = corner + 2 * i, *b = corner + 2 * ((i + 1) % corners);
        left = a[0] < left ? a[0] : left, right = a[0] > right ? a[0] : right;
        bottom = a[1] < bottom ? a[1] : bottom, top = a[1] > top ? a[1] : top;
        if ((a[1] <= y) == (b[1] <= y)) continue;
        const double side = (b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1]);
        odd ^= b[1] > a[1] ? side > 0 : side < 0;
    }
    return odd && x >= left && x <= right && y >= bottom && y <= top;
}

static int in_cells(Work *work, const int64_t *gate, const double *grid, int32_t *list, int length)
{
    const int64_t axis = gate[AXIS];
    const double *bound = work->plan->bounds + 4 * axis;
    const double left = bound[0], right = bound[3], bottom = bound[4], top = bound[7];
    const double *restrict x = read_events(work, work->plan->axes[axis], list, length, 0);
    const double *restrict y = read_events(work, work->plan->axes[axis + 1], list, length, 1);
    const uint8_t *restrict table = work->plan->table + gate[CELLS];
    const int32_t *restrict column = work->place[0], *restrict row = work->place[1];
    const int32_t width = (int32_t)gate[WIDTH];
    const double *corner = work->plan->corners + 2 * gate[CORNER];
    const int64_t corners = gate[CORNERS];
    uint8_t *restrict doubtful = work->doubtful;
    int kept = 0;
    cells_of(x, length, gate + X_LOG, grid, width, work->place[0]);
    cells_of(y, length, gate + Y_LOG, grid + 2, (int32_t)gate[HEIGHT], work->place[1]);
    for (int k = 0; k < length; k++) {
        const int32_t event = list[k];
        const int in_box = (x[k] >= left) & (x[k] < right) & (y[k] >= bottom) & (y[k] < top);
        const int beyond = (x[k] < left) | (x[k] >= right) | (y[k] < bottom) | (y[k] >= top);
        int found = table[row[k] * width + column[k]];
        if (found == DOUBTFUL && corners) found = inside_polygon(corner, corners, x[k], y[k]);
        doubtful[event] |= (uint8_t)((in_box | beyond) == 0) | (uint8_t)(in_box & (found == DOUBTFUL));
        list[kept] = event;
        kept += in_box & (found == 1);
    }
    return kept;
}

static int combined(Work *work, const int64_t *gate, int32_t *list, int length)
{
    const int64_t *operand = work->plan->operands + 2 * gate[OPERAND];
    const int any = gate[KIND] == OR, invert = gate[KIND] == NOT;
    memset(work->flags + BLOCK, !any, (size_t)work->size);
    for (int64_t o = 0; o < gate[OPERANDS]; o++) {
        const int32_t *events = work->list + operand[2 * o] * BLOCK;
        memset(work->flags, 0, (size_t)work->size);
        for (int k = 0; k < work->length[operand[2 * o]]; k++) work->flags[events[k]] = 1;
        for (int i = 0; i < work->size; i++) {
            const uint8_t flag = work->flags[i] ^ (operand[2 * o + 1] != 0);
            work->flags[BLOCK + i] = any ? work->flags[BLOCK + i] | flag : work->flags[BLOCK + i] & flag;
        }
    }
    int kept = 0;
    for (int k = 0; k < length; k++) {
        const int32_t event = list[k];
        list[kept] = event;
        kept += work->flags[BLOCK + event] ^ invert;
    }
    return kept;
}

static void gate_block(Work *work)
{
    const Plan *plan = work->plan;
    int usable = 0;
    memset(work->known, 0, (size_t)plan->n_readouts);
    for (int i = 0; i < work->size; i++) {
        work->everything[usable] = i;
        usable += !work->doubtful[i];
    }
    for (Py_ssize_t g = 0; g < plan->n_gates; g++) {
        const int64_t *gate = plan->gates + g * GATE_FIELDS;
        const int64_t parent = gate[PARENT];
        int32_t *list = work->list + g * BLOCK;
        int length = parent < 0 ? usable : work->length[parent];
        memcpy(list, parent < 0 ? work->everything : work->list + parent * BLOCK, (size_t)length * sizeof *list);
        if (gate[KIND] != CURVE)
            length = combined(work, gate, list, length);
        else if (gate[CELLS] >= 0)
            length = in_cells(work, gate, plan->grids + 4 * g, list, length);
        else
            for (int64_t a = 0; a < gate[AXES]; a++) length = within(work, gate[AXIS] + a, list, length);
        work->length[g] = length;
    }
}

/* Add the sure events of a block to the counts, and list the doubtful ones. */
static Py_ssize_t add_block(Work *work, Py_ssize_t start, int64_t *counts, uint8_t *members, Py_ssize_t events, int64_t *out)
{
    Py_ssize_t doubtful = 0;
    for (int i = 0; i < work->size; i++) {
        out[doubtful] = start + i;
        doubtful += work->doubtful[i];
    }
    for (Py_ssize_t g = 0; g < work->plan->n_gates; g++) {
        const int32_t *list = work->list + g * BLOCK;
        int64_t sure = 0;
        for (int k = 0; k < work->length[g]; k++) sure += !work->doubtful[list[k]];
        counts[g] += sure;
        if (members)
            for (int k = 0; k < work->length[g]; k++)
                members[g * events + start + list[k]] = !work->doubtful[list[k]];
    }
    return doubtful;
}

static Py_ssize_t size_of(const Plan *plan, int part)
{
    return plan->part[part].len / (part == TABLE ? 1 : 8);
}

/* Refuse a plan that would read outside its own arrays; raw integers of a column with a lookup are below ``values``. */
static int plan_fits(Plan *plan, Py_ssize_t file_columns, int64_t values)
{
    plan->n_columns = size_of(plan, COLUMNS);
    plan->n_readouts = size_of(plan, TERMS_OF) - 1;
    plan->n_gates = size_of(plan, GATES) / GATE_FIELDS;
    const Py_ssize_t terms = size_of(plan, TERMS), axes = size_of(plan, AXES_OF), operands = size_of(plan, OPERANDS_OF) / 2;
    int good = plan->n_readouts >= 0 && size_of(plan, LOOKUPS_OF) == plan->n_columns && size_of(plan, SCALES) == 2 * plan->n_columns && size_of(plan, WEIGHTS) == terms &&
               size_of(plan, BOUNDS) == 4 * axes && size_of(plan, GRIDS) == 4 * plan->n_gates;
    for (Py_ssize_t c = 0; good && c < plan->n_columns; c++) good = plan->columns[c] >= 0 && plan->columns[c] < file_columns;
    for (Py_ssize_t c = 0; good && c < plan->n_columns; c++)
        good = plan->lookups_of[c] < 0 || (values && plan->lookups_of[c] + values <= size_of(plan, LOOKUPS));
    for (Py_ssize_t r = 0; good && r < plan->n_readouts; r++)
        good = plan->terms_of[r] >= 0 && plan->terms_of[r] < plan->terms_of[r + 1] && plan->terms_of[r + 1] <= terms;
    for (Py_ssize_t t = 0; good && t < terms; t++) good = plan->terms[t] >= 0 && plan->terms[t] < plan->n_columns;
    for (Py_ssize_t a = 0; good && a < axes; a++) good = plan->axes[a] >= 0 && plan->axes[a] < plan->n_readouts;
    for (Py_ssize_t g = 0; good && g < plan->n_gates; g++) {
        const int64_t *gate = plan->gates + g * GATE_FIELDS;
        good = gate[KIND] >= CURVE && gate[KIND] <= NOT && gate[PARENT] < g && gate[AXIS] >= 0 && gate[AXES] >= 0 &&
               gate[AXIS] + gate[AXES] <= axes && gate[OPERAND] >= 0 && gate[OPERANDS] >= 0 &&
               gate[OPERAND] + gate[OPERANDS] <= operands;
        for (int64_t o = gate[OPERAND]; good && o < gate[OPERAND] + gate[OPERANDS]; o++)
            good = plan->operands[2 * o] >= 0 && plan->operands[2 * o] < g;
        good = good && gate[CORNER] >= 0 && gate[CORNERS] >= 0 && gate[CORNER] + gate[CORNERS] <= size_of(plan, CORNERS_OF) / 2;
        if (good && gate[CELLS] >= 0)
            good = gate[AXES] == 2 && gate[WIDTH] > 0 && gate[HEIGHT] > 0 && gate[WIDTH] < 65536 && gate[HEIGHT] < 32768 && gate[X_SHIFT] >= 0 && gate[X_SHIFT] < 64 &&
                   gate[Y_SHIFT] >= 0 && gate[Y_SHIFT] < 64 &&
                   gate[CELLS] + gate[WIDTH] * gate[HEIGHT] <= size_of(plan, TABLE);
    }
    return good;
}

static int open_plan(Plan *plan, PyObject *parts)
{
    if (!PyTuple_Check(parts) || PyTuple_Size(parts) != PARTS) {
        PyErr_SetString(PyExc_ValueError, "a plan has fourteen parts");
        return 0;
    }
    for (int i = 0; i < PARTS; i++)
        if (PyObject_GetBuffer(PyTuple_GetItem(parts, i), &plan->part[i], PyBUF_SIMPLE) < 0) {
            while (i--) PyBuffer_Release(&plan->part[i]);
            return 0;
        }
    plan->columns = plan->part[COLUMNS].buf, plan->lookups_of = plan->part[LOOKUPS_OF].buf, plan->lookups = plan->part[LOOKUPS].buf;
    plan->terms_of = plan->part[TERMS_OF].buf, plan->terms = plan->part[TERMS].buf;
    plan->gates = plan->part[GATES].buf, plan->axes = plan->part[AXES_OF].buf, plan->operands = plan->part[OPERANDS_OF].buf;
    plan->scales = plan->part[SCALES].buf, plan->weights = plan->part[WEIGHTS].buf, plan->bounds = plan->part[BOUNDS].buf;
    plan->grids = plan->part[GRIDS].buf, plan->corners = plan->part[CORNERS_OF].buf, plan->table = plan->part[TABLE].buf;
    return 1;
}

static void close_plan(Plan *plan)
{
    for (int i = 0; i < PARTS; i++) PyBuffer_Release(&plan->part[i]);
}

/* One allocation for all that a call works on; the lists of all gates are its largest part. */
static char *open_work(Work *work, const Plan *plan)
{
    const size_t doubles = (size_t)(plan->n_columns + plan->n_readouts + 2) * BLOCK;
    const size_t integers = (size_t)(plan->n_gates + 3) * BLOCK + (size_t)plan->n_gates;
    char *memory = PyMem_Calloc(1, doubles * sizeof(double) + integers * sizeof(int32_t) + 3 * BLOCK + (size_t)plan->n_readouts);
    if (!memory) return NULL;
    work->column = (double *)memory;
    work->readout = work->column + plan->n_columns * BLOCK;
    work->picked[0] = work->readout + plan->n_readouts * BLOCK;
    work->picked[1] = work->picked[0] + BLOCK;
    work->list = (int32_t *)(work->column + doubles);
    work->everything = work->list + plan->n_gates * BLOCK;
    work->place[0] = work->everything + BLOCK;
    work->place[1] = work->place[0] + BLOCK;
    work->length = work->place[1] + BLOCK;
    work->doubtful = (uint8_t *)(work->list + integers);
    work->flags = work->doubtful + BLOCK;
    work->known = work->flags + 2 * BLOCK;
    return memory;
}

static Py_ssize_t gate_rows(Work *work, const Plan *plan, Py_ssize_t rows, int64_t *counts, uint8_t *members, Py_ssize_t events, int64_t *out)
{
    Py_ssize_t doubtful = 0;
    work->plan = plan;
    for (Py_ssize_t at = 0; at < rows; at += BLOCK) {
        work->size = (int)(rows - at < BLOCK ? rows - at : BLOCK);
        load_block(work, at);
        gate_block(work);
        doubtful += add_block(work, at, counts, members, events, out + doubtful);
    }
    return doubtful;
}

static PyObject *classify(PyObject *module, PyObject *arguments)
{
    PyObject *source, *parts, *counts_of, *doubtful_of, *members_of, *result = NULL;
    Py_buffer values, counts, doubtful, members = {0};
    Py_ssize_t first, events = 0, found;
    Plan plan;
    Work work = {0};
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OCpOOOOn", &source, &work.code, &work.swapped, &parts, &counts_of, &doubtful_of, &members_of, &first))
        return NULL;
    if (PyObject_GetBuffer(source, &values, PyBUF_STRIDED_RO | PyBUF_FORMAT) < 0) return NULL;
    if (PyObject_GetBuffer(counts_of, &counts, PyBUF_WRITABLE) < 0) goto no_counts;
    if (PyObject_GetBuffer(doubtful_of, &doubtful, PyBUF_WRITABLE) < 0) goto no_doubtful;
    if (members_of != Py_None && PyObject_GetBuffer(members_of, &members, PyBUF_WRITABLE) < 0) goto no_members;
    if (!open_plan(&plan, parts)) goto no_plan;
    const Py_ssize_t size = work.code == 'B' ? 1 : work.code == 'H' ? 2 : work.code == 'f' || work.code == 'I' ? 4 : 8;
    const int64_t highest = work.code == 'B' ? 256 : work.code == 'H' ? 65536 : 0;
    int fits = values.ndim == 2 && values.itemsize == size && strchr("fdBHIQ", work.code) && plan_fits(&plan, values.shape[1], highest) &&
               counts.len == 8 * plan.n_gates && doubtful.len >= 8 * values.shape[0];
    if (fits && members.buf && plan.n_gates) {
        events = members.len / plan.n_gates;
        fits = first >= 0 && first <= events - values.shape[0];
    }
    if (!fits) {
        PyErr_SetString(PyExc_ValueError, "the plan does not fit the values");
        goto no_work;
    }
    work.values = values.buf, work.row_stride = values.strides[0], work.column_stride = values.strides[1];
    char *memory = open_work(&work, &plan);
    if (!memory) {
        PyErr_NoMemory();
        goto no_work;
    }
    uint8_t *flags = members.buf && plan.n_gates ? (uint8_t *)members.buf + first : NULL;
    Py_BEGIN_ALLOW_THREADS
    found = gate_rows(&work, &plan, values.shape[0], counts.buf, flags, events, doubtful.buf);
    Py_END_ALLOW_THREADS
    PyMem_Free(memory);
    result = PyLong_FromSsize_t(found);
no_work:
    close_plan(&plan);
no_plan:
    if (members.obj) PyBuffer_Release(&members);
no_members:
    PyBuffer_Release(&doubtful);
no_doubtful:
    PyBuffer_Release(&counts);
no_counts:
    PyBuffer_Release(&values);
    return result;
}

static PyMethodDef methods[] = {
    {"classify", classify, METH_VARARGS, "classify(values, code, swapped, plan, counts, doubtful, members, first) -> number of doubtful events"},
    {NULL, NULL, 0, NULL},
};

static int add_format(PyObject *module)
{
    return PyModule_AddIntConstant(module, "FORMAT", FORMAT);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, add_format}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_kernel", "Populations of events that comparisons alone decide.", 0, methods, slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__kernel(void)
{
    return PyModuleDef_Init(&definition);
}
