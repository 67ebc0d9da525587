/* What the kernel computes; see _kernel.c. The caller defines Py_LIMITED_API and includes Python.h first. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if FLT_EVAL_METHOD < 0 || FLT_EVAL_METHOD == 1 || FLT_EVAL_METHOD == 2
#error "doubles must be rounded after every operation, as numpy rounds them"
#endif

#define FORMAT 2 /* of a plan: raise it here and in certain.py whenever its parts change */
#define BLOCK 1024
#define LANES 8
#define GATE_FIELDS 19
#define DOUBTFUL 2
#define MOST_CELLS 32767 /* of an axis: a place in a table fits 32 bits */

enum { CURVE, AND, OR, NOT };
enum {
    KIND, PARENT, AXIS, AXES, OPERAND, OPERANDS, CELLS, WIDTH, HEIGHT,
    X_LOG, X_SHIFT, X_KEY, X_FIRST, Y_LOG, Y_SHIFT, Y_KEY, Y_FIRST, CORNER, CORNERS
};
enum {
    COLUMNS, LOOKUPS_OF, TERMS_OF, TERMS, GATES, AXES_OF, OPERANDS_OF,
    SCALES, WEIGHTS, BOUNDS, GRIDS, CORNERS_OF, LOOKUPS, TABLE, PARTS
};

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

/* Where values lie among the cells of an axis: equal steps, or equal steps in each octave of |value| + offset. The first
 * and the last cell are those beyond the axis's ends; a value that is no number lies in one of them. */
static void cells_of(const double *restrict x, int length, const int64_t *axis, const double *grid, int32_t cells,
                     int32_t *restrict out)
{
    const double offset = grid[0], per_unit = grid[1], last = cells - 1;
    if (!axis[0]) {
        for (int k = 0; k < length; k++) {
            double place = (x[k] - offset) * per_unit + 1.0;
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
        cell = (x[k] < 0.0 ? -1 - cell : cell) - first + 1;
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
        int found = table[row[k] * width + column[k]];
        if (found == DOUBTFUL) {
            if (corners)
                found = inside_polygon(corner, corners, x[k], y[k]);
            else
                doubtful[event] = 1;
        }
        list[kept] = event;
        kept += found == 1;
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
static Py_ssize_t add_block(Work *work, Py_ssize_t start, int64_t *counts, uint8_t *members, Py_ssize_t events,
                            int64_t *out)
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
