// Answers of the service that overtake each other.

/**
 * For a question that is asked again and again: gives each answer, or null where what was asked
 * later has been answered before, since the service's answers may overtake each other.
 */
export function newest() {
  let asked = 0;
  let answered = 0;
  /** @template Given @param {Promise<Given>} coming @returns {Promise<Given | null>} */
  const answer = async (coming) => {
    asked += 1;
    const mine = asked;
    try {
      const found = await coming;
      if (mine < answered) return null;
      answered = mine;
      return found;
    } catch (error) {
      if (mine < answered) return null;
      throw error;
    }
  };
  return answer;
}
